# SPDX-License-Identifier: ISC
GUESTS += bulk
bulk_SRCS := tests/guest/bulk/main.c

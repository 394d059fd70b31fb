# SPDX-License-Identifier: ISC
GUESTS += floor
floor_SRCS := tests/guest/floor/main.c

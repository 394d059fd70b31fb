# SPDX-License-Identifier: ISC
GUESTS += die
die_SRCS := tests/guest/die/main.c

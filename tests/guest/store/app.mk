# SPDX-License-Identifier: ISC
GUESTS += store
store_SRCS := tests/guest/store/main.c
store_LIBS := disk

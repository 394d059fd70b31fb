# SPDX-License-Identifier: ISC
GUESTS += threads
threads_SRCS := tests/guest/threads/main.c

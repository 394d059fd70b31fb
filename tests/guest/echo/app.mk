# SPDX-License-Identifier: ISC
GUESTS += echo
echo_SRCS := tests/guest/echo/main.c

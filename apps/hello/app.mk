# SPDX-License-Identifier: ISC
APPS += hello
hello_SRCS := apps/hello/main.c
hello_BUDGET := 300000

# SPDX-License-Identifier: ISC
GUESTS += tree
tree_SRCS := tests/guest/tree/main.c
tree_LIBS := disk crypto

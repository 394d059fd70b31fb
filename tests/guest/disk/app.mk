# SPDX-License-Identifier: ISC
GUESTS += disk
disk_SRCS := tests/guest/disk/main.c tests/guest/disk/transfer.c
disk_LIBS := disk

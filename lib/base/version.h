/* SPDX-License-Identifier: ISC */
/* The version that every image says on its console. */
#ifndef LIB_BASE_VERSION_H
#define LIB_BASE_VERSION_H

#define KINGLET_VERSION "0.1"

#endif

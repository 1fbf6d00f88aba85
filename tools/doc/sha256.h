/* SPDX-License-Identifier: LGPL-2.1-only */
/* SHA-256 (FIPS 180-4): a plan names its snapshot by the hash of the file. */
#ifndef RACKHOP_DOC_SHA256_H
#define RACKHOP_DOC_SHA256_H

#include <stddef.h>

/* Writes 64 hex digits and a NUL. */
void sha256_hex(const void *data, size_t len, char hex[65]);

#endif

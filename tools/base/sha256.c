/* SPDX-License-Identifier: LGPL-2.1-only */
/* Computes the SHA-256 digest of a text, by libcrypto. */
#include "tools/base/sha256.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

void sha256_hex(const void *data, size_t len, char hex[65])
{
    unsigned char digest[32];

    /* it fails for lack of memory, or where SHA-256 is forbidden; a plan could
     * then not say which snapshot it was made from */
    if (!EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL))
        abort();
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/* Stands between OpenSSL and malloc, and counts. */
#include "tests/lib/ssl_held.h"

#include <malloc.h>
#include <stdlib.h>

#include <openssl/crypto.h>

static size_t held;

static void *held_malloc(size_t n, const char *file, int line)
{
    void *p = malloc(n);

    held += malloc_usable_size(p);
    return p;
}

static void *held_realloc(void *p, size_t n, const char *file, int line)
{
    held -= malloc_usable_size(p);
    p = realloc(p, n);
    held += malloc_usable_size(p);
    return p;
}

static void held_free(void *p, const char *file, int line)
{
    held -= malloc_usable_size(p);
    free(p);
}

bool ssl_held_begin(void)
{
    return CRYPTO_set_mem_functions(held_malloc, held_realloc, held_free);
}

size_t ssl_held(void)
{
    return held;
}

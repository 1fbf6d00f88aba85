/* SPDX-License-Identifier: LGPL-2.1-only */
/* Counts the memory that OpenSSL has. */
#ifndef TESTS_SSL_HELD_H
#define TESTS_SSL_HELD_H

#include <stdbool.h>
#include <stddef.h>

/* Before anything else of OpenSSL's. False: it has begun already. */
bool ssl_held_begin(void);
/* In bytes, as malloc gave them. */
size_t ssl_held(void);

#endif

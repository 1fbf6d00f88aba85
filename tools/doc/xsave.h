/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and writes what facts and snapshots have of XSAVE: {"xcr0", "bytes"}. */
#ifndef RACKHOP_DOC_XSAVE_H
#define RACKHOP_DOC_XSAVE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/doc/json.h"

/* False: it is not there, or not as facts have it; then it is not known. */
bool xsave_get(const struct json *v, uint64_t *xcr0_r, uint32_t *bytes_r);
void xsave_put(struct json_out *o, uint64_t xcr0, uint32_t bytes);

#endif

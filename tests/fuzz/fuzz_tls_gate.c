/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What any peer may say in front of its key: the same answer whatever the parts
 * are in which it comes, and never more bytes than the gate's bounds.
 */
#include <stdlib.h>

#include "libxl-ext/wire/tls_gate.h"

enum {
    MOST = GATE_HELLO_MAX + GATE_RECORDS * (GATE_NEXT_MAX + 5),
    CERT_MOST = GATE_HELLO_MAX + GATE_CERT_RECORDS * (GATE_CERT_NEXT_MAX + 5),
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int look(bool certificates, const uint8_t *data, size_t size)
{
    struct tls_gate whole = { .certificates = certificates }, parts = whole;
    int rc = tls_gate_pass(&whole, data, size), r = 0;

    for (size_t i = 0; !r && i < size; i++)
        r = tls_gate_pass(&parts, data + i, 1);
    if (r != rc || (!rc && size > (certificates ? CERT_MOST : MOST)))
        abort();
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* what the narrow gate lets through, the wide one does */
    if (look(true, data, size) && !look(false, data, size))
        abort();
    return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and writes what a file of samples begins with: version and name. */
#include "tools/series/ring_impl.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "tools/base/crc32.h"
#include "tools/base/text.h"

#define RING_MAGIC "rackhop samples\n"

/* Stands twice at the file's begin, each in a sector of its own. Without one
 * that is whole, only the name is lost. */
struct ring_header {
    char magic[16];
    uint32_t crc, version, id, zero;
    char name[RING_NAME];
};
enum { RING_VERSION = 1 };
_Static_assert(sizeof(struct ring_header) <= SHAPE_HEADER, "as in shape.h");

static uint32_t header_crc(struct ring_header h)
{
    h.crc = 0;
    return crc32_add(0, &h, sizeof h);
}

int ring_header_read(struct ring *r)
{
    static const struct ring_header blank;
    struct ring_header h;

    for (size_t i = 0; i < 2; i++) {
        int rc = ring_pread(r, &h, sizeof h, i * SHAPE_HEADER);

        if (rc)
            return rc;
        if (memcmp(h.magic, RING_MAGIC, sizeof h.magic) != 0 ||
            le32toh(h.crc) != header_crc(h)) {
            r->damaged |= !!memcmp(&h, &blank, sizeof h);
            continue;
        }
        r->damaged = false;
        if (le32toh(h.version) != RING_VERSION ||
            le32toh(h.id) != r->shape->id)
            return -EPROTONOSUPPORT;
        text_printable(r->name, sizeof r->name, h.name,
                       strnlen(h.name, sizeof h.name));
        return 0;
    }
    return -ENOENT;
}

int ring_header_write(struct ring *r)
{
    struct ring_header h = { .version = htole32(RING_VERSION),
                             .id = htole32(r->shape->id) };
    int rc;

    memcpy(h.magic, RING_MAGIC, sizeof h.magic);
    memcpy(h.name, r->name, sizeof h.name);
    h.crc = htole32(header_crc(h));
    rc = ring_pwrite(r, &h, sizeof h, 0);
    return rc ? rc : ring_pwrite(r, &h, sizeof h, SHAPE_HEADER);
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The frames in which the save helper of one rackhop sends libxc's stream to
 * the restore helper of another: their heads, to and from bytes, each bound
 * checked. docs/wire describes them; all numbers are little-endian.
 *
 * A stream begins with FRAME_MAGIC. Of each record with pages there is one
 * FRAME_OF_PFNS, with its page frame numbers, and then FRAME_OF_PAGES until each of
 * its pages with data was in one; all other bytes go in FRAME_OF_BYTES.
 */
#ifndef XLX_WIRE_FRAME_H
#define XLX_WIRE_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum {
    FRAME_PAGE = 4096,
    FRAME_HEAD = 24,     /* bytes of a head */
    FRAME_RECORD = 1024, /* most pages of a record: a batch of libxc */
    FRAME_BATCH = 64,    /* most pages of a frame that have bytes in it */
    FRAME_RAW = FRAME_BATCH * FRAME_PAGE, /* most bytes, not compressed */
    FRAME_PFNS = 12 * FRAME_RECORD,       /* most bytes of FRAME_OF_PFNS */
    FRAME_PAYLOAD = 2 * FRAME_RECORD + FRAME_RAW, /* the most behind a head */
};

/* Before the first frame. libxc's own stream begins with eight bytes 0xff. */
enum { FRAME_MAGIC_LEN = 16 };
extern const uint8_t frame_magic[FRAME_MAGIC_LEN];

enum frame_type { FRAME_OF_BYTES = 1, FRAME_OF_PFNS, FRAME_OF_PAGES };

struct frame {
    enum frame_type type;
    uint8_t how;     /* enum pack_how: of the bytes behind the entries */
    uint32_t length; /* of what follows the head */
    uint32_t raw;    /* of the bytes when they are no longer compressed */
    uint16_t
        entries;     /* pages: entries in front of the bytes; pfns: how many */
    uint32_t seq;    /* frames before it, modulo 2^32 */
    uint64_t digest; /* of what it says: see docs/wire */
};

void frame_put(const struct frame *f, uint8_t head[FRAME_HEAD]);
/* 0, or -EPROTO: a head that no encoder writes. What passes fits into buffers
 * of FRAME_PAYLOAD and FRAME_RAW bytes. */
int frame_get(struct frame *f, const uint8_t head[FRAME_HEAD]);

/*
 * An entry of FRAME_OF_PAGES, 16 bits: so many pages in a row are zero, are
 * what was sent of them before, or follow as they are; or one page is the
 * delta of so many bytes that follow.
 */
enum entry_kind { ENTRY_ZERO, ENTRY_SAME, ENTRY_RAW, ENTRY_DELTA };
struct entry {
    enum entry_kind kind;
    uint16_t n; /* pages; of a delta bytes */
};
void entry_put(struct entry e, uint8_t at[2]);
struct entry entry_get(const uint8_t at[2]);
/* The pages that it stands for, and the bytes that follow for it. */
size_t entry_pages(struct entry e);
size_t entry_bytes(struct entry e);

#endif

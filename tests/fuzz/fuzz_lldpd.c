/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Plays what a real lldpd answered in any order, each answer cut anywhere, and
 * merges what came of liblldpctl's atoms. A table that breaks off must leave
 * nothing.
 *
 * The octets inside an answer stay: liblldpctl takes lldpd's structures as they
 * come, and crashes by itself on those that are none.
 */
#include <stdio.h>

#include "tests/fuzz/topo_target.h"
#include "tests/lib/fake_lldpd.h"
#include "topology/source.h"

#include "tools/base/msg.h"

enum { ANSWERS = 4, PLAYED = 16 };

struct recording {
    uint8_t octets[16384];
    size_t len;
};

static void recording_load(struct recording *r)
{
    FILE *f = fopen("tests/data/lldp/two-ports.lldpctl", "r");

    if (!f)
        abort();
    r->len = fread(r->octets, 1, sizeof r->octets, f);
    fclose(f);
}

/* Answer number k, of which the first `of` / 255 are sent. */
static size_t answer_put(const struct recording *r, unsigned k, unsigned of,
                         uint8_t *to)
{
    size_t at = 0, n = fake_lldpd_answer(r->octets, r->len);

    while (k--) {
        at += n;
        n = fake_lldpd_answer(r->octets + at, r->len - at);
    }
    n = n * of / 255;
    memcpy(to, r->octets + at, n);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fake_lldpd lldpd;
    static struct recording rec;
    static uint8_t played[PLAYED * sizeof rec.octets];
    struct topo_view v;
    struct msg err = MSG_NONE;

    if (!lldpd.server.fd) {
        recording_load(&rec);
        fake_lldpd_start(&lldpd);
    }
    lldpd.answers = played;
    lldpd.len = 0;
    for (size_t i = 0; i + 1 < size && i < (size_t)2 * PLAYED; i += 2)
        lldpd.len += answer_put(&rec, data[i] % ANSWERS, data[i + 1],
                                played + lldpd.len);
    topo_view_init(&v);
    if (!topo_lldpd_read(&v, lldpd.server.at.sun_path, &err))
        merge_and_ask(&v, NULL);
    else if (!*err.text || v.has_table || v.neighbors)
        abort();
    topo_view_dispose(&v);
    return 0;
}

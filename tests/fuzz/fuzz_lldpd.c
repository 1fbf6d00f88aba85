/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Plays what a real lldpd answered, either port for the other, cut anywhere, and
 * merges what came of liblldpctl's atoms. A table that breaks off
 * must leave nothing.
 *
 * The octets inside an answer stay, and each is of the kind that was asked for:
 * liblldpctl takes lldpd's structures as they come, and crashes by itself on
 * those that are none or others. That is why a process of its own reads them;
 * what comes out of that is fuzz_lldpd_table's.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fuzz/topo_target.h"
#include "tests/lib/fake_lldpd.h"
#include "topology/source_lldpd_impl.h"

#include "tools/base/msg.h"

enum { ANSWERS = 4, PORTS = 2 }; /* the chassis, the list, and two ports */

struct recording {
    uint8_t octets[8192];
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

/* A connection on which the answers wait, and behind them its end. The other
 * end takes what is asked. */
static void answers_open(const uint8_t *answers, size_t len, int end[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end) ||
        (len && send(end[1], answers, len, MSG_DONTWAIT) != (ssize_t)len) ||
        shutdown(end[1], SHUT_WR))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct recording rec;
    static uint8_t played[ANSWERS * sizeof rec.octets];
    struct msg why = MSG_NONE;
    struct topo_view v;
    size_t len = 0;
    int end[2];

    if (!rec.len)
        recording_load(&rec);
    for (unsigned i = 0; 2 * i + 1 < size && i < ANSWERS; i++) {
        len += answer_put(&rec, i < PORTS ? i : PORTS + data[2 * i] % PORTS,
                          data[2 * i + 1], played + len);
        if (data[2 * i + 1] < 255) /* it is the last one */
            break;
    }
    answers_open(played, len, end);
    topo_view_init(&v);
    if (!lldpd_read_here(&v, end[0], &why))
        merge_and_ask(&v, NULL);
    else if (!*why.text || v.has_table || v.neighbors)
        abort();
    topo_view_dispose(&v);
    close(end[0]);
    close(end[1]);
    return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * snmp_responder PORT COUNT DEAD ROWS: COUNT SNMP agents (version 2c, GETBULK
 * only) on 127.0.0.1 from PORT on, of which every DEADth does not answer
 * (0: all do). Each has an LLDP table of ROWS neighbours. Prints "ready" once
 * all sockets are bound. For bench-topology; speaks BER by hand so that 664 of
 * them cost little.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { OID_MAX = 24, ROWS_MAX = 2048, PACKET = 60000 };

struct oid {
    uint32_t n[OID_MAX];
    unsigned len;
};
struct row {
    struct oid oid;
    uint8_t value[64]; /* BER, with its header */
    unsigned len;
};
struct agent {
    unsigned number;
    struct row row[ROWS_MAX];
    unsigned rows;
};

static int compare(const struct oid *a, const struct oid *b)
{
    for (unsigned i = 0; i < a->len && i < b->len; i++)
        if (a->n[i] != b->n[i])
            return a->n[i] < b->n[i] ? -1 : 1;
    return (a->len > b->len) - (a->len < b->len);
}

static int by_oid(const void *a, const void *b)
{
    return compare(&((const struct row *)a)->oid,
                   &((const struct row *)b)->oid);
}

/* --- rows -------------------------------------------------------------------------- */

static struct row *add(struct agent *a, const char *prefix, unsigned extra,
                       const uint32_t *index)
{
    struct row *r = &a->row[a->rows++];
    char *end;

    if (a->rows > ROWS_MAX)
        abort();
    memset(r, 0, sizeof *r);
    for (const char *s = prefix; *s; s = *end ? end + 1 : end)
        r->oid.n[r->oid.len++] = (uint32_t)strtoul(s, &end, 10);
    for (unsigned i = 0; i < extra; i++)
        r->oid.n[r->oid.len++] = index[i];
    return r;
}

static void octets(struct row *r, const void *p, size_t len)
{
    r->value[0] = 0x04;
    r->value[1] = (uint8_t)len;
    memcpy(r->value + 2, p, len);
    r->len = (unsigned)len + 2;
}

static void number(struct row *r, uint8_t type, uint32_t v)
{
    r->value[0] = type;
    r->value[1] = 5;
    r->value[2] = 0;
    for (int i = 0; i < 4; i++)
        r->value[3 + i] = (uint8_t)(v >> (24 - 8 * i));
    r->len = 7;
}

static void mac(uint8_t m[6], unsigned agent, unsigned port)
{
    const uint8_t bytes[6] = { 2,
                               port ? 1 : 0,
                               (uint8_t)(agent >> 8),
                               (uint8_t)agent,
                               (uint8_t)(port >> 8),
                               (uint8_t)port };

    memcpy(m, bytes, 6);
}

static void fill(struct agent *a, unsigned rows)
{
    uint8_t m[6];
    char text[32];
    uint32_t zero = 0;

    number(add(a, "1.3.6.1.2.1.1.3", 1, &zero), 0x43, 100000);
    snprintf(text, sizeof text, "sw%u", a->number);
    octets(add(a, "1.3.6.1.2.1.1.5", 1, &zero), text, strlen(text));
    number(add(a, "1.0.8802.1.1.2.1.3.1", 1, &zero), 0x02, 4);
    mac(m, a->number, 0);
    octets(add(a, "1.0.8802.1.1.2.1.3.2", 1, &zero), m, 6);
    octets(add(a, "1.0.8802.1.1.2.1.3.3", 1, &zero), text, strlen(text));
    for (uint32_t p = 1; p <= rows; p++) {
        uint32_t index[3] = { 100, p, p };

        snprintf(text, sizeof text, "swp%u", p);
        number(add(a, "1.0.8802.1.1.2.1.3.7.1.2", 1, &p), 0x02, 5);
        octets(add(a, "1.0.8802.1.1.2.1.3.7.1.3", 1, &p), text, strlen(text));
        octets(add(a, "1.3.6.1.2.1.31.1.1.1.1", 1, &p), text, strlen(text));
        number(add(a, "1.3.6.1.2.1.31.1.1.1.15", 1, &p), 0x42, 25000);
        number(add(a, "1.0.8802.1.1.2.1.4.1.1.4", 3, index), 0x02, 4);
        mac(m, a->number, p);
        octets(add(a, "1.0.8802.1.1.2.1.4.1.1.5", 3, index), m, 6);
        number(add(a, "1.0.8802.1.1.2.1.4.1.1.6", 3, index), 0x02, 5);
        octets(add(a, "1.0.8802.1.1.2.1.4.1.1.7", 3, index), "eth0", 4);
        snprintf(text, sizeof text, "h%u-%u", a->number, p);
        octets(add(a, "1.0.8802.1.1.2.1.4.1.1.9", 3, index), text,
               strlen(text));
    }
    qsort(a->row, a->rows, sizeof *a->row, by_oid);
}

/* --- BER ---------------------------------------------------------------------------- */

/* Header of the element at p; its contents' length; NULL: cut off. */
static const uint8_t *enter(const uint8_t *p, const uint8_t *end, uint8_t *tag,
                            size_t *len)
{
    if (end - p < 2)
        return NULL;
    *tag = *p++;
    *len = *p++;
    if (*len & 0x80) {
        unsigned n = *len & 0x7f;

        *len = 0;
        if (n > 3 || end - p < (long)n)
            return NULL;
        while (n--)
            *len = *len << 8 | *p++;
    }
    return (size_t)(end - p) < *len ? NULL : p;
}

static size_t put_oid(uint8_t *out, const struct oid *o)
{
    size_t n = 2;

    out[0] = 0x06;
    out[n++] = (uint8_t)(o->n[0] * 40 + o->n[1]);
    for (unsigned i = 2; i < o->len; i++) {
        uint32_t v = o->n[i];

        for (int s = 28; s > 0; s -= 7)
            if (v >> s)
                out[n++] = (uint8_t)(0x80 | (v >> s & 0x7f));
        out[n++] = v & 0x7f;
    }
    out[1] = (uint8_t)(n - 2);
    return n;
}

static void get_oid(const uint8_t *p, size_t len, struct oid *o)
{
    const uint8_t *end = p + len;

    o->len = 0;
    o->n[o->len++] = *p / 40;
    o->n[o->len++] = *p++ % 40;
    while (p < end && o->len < OID_MAX) {
        uint32_t v = 0;

        do
            v = v << 7 | (*p & 0x7f);
        while (*p++ & 0x80 && p < end);
        o->n[o->len++] = v;
    }
}

/* Header before `len` bytes that are there already; always three octets. */
static size_t wrap(uint8_t *at, uint8_t tag, size_t len)
{
    at[0] = tag;
    at[1] = 0x82;
    at[2] = (uint8_t)(len >> 8);
    at[3] = (uint8_t)len;
    return len + 4;
}

static size_t bindings(const struct agent *a, const struct oid *after,
                       unsigned most, uint8_t *out)
{
    struct row key = { .oid = *after };
    unsigned i = 0;
    size_t n = 0;

    while (i < a->rows && compare(&a->row[i].oid, &key.oid) <= 0)
        i++;
    if (i == a->rows) { /* endOfMibView */
        size_t o = put_oid(out + 4, after);

        out[4 + o] = 0x82;
        out[5 + o] = 0;
        return wrap(out, 0x30, o + 2);
    }
    for (; i < a->rows && most--; i++) {
        size_t o = put_oid(out + n + 4, &a->row[i].oid);

        memcpy(out + n + 4 + o, a->row[i].value, a->row[i].len);
        n += wrap(out + n, 0x30, o + a->row[i].len);
    }
    return n;
}

/* Builds the answer; 0: not a request that we know. */
static size_t answer(const struct agent *a, const uint8_t *p, size_t len,
                     uint8_t *out)
{
    const uint8_t *end = p + len, *version, *community, *id;
    size_t n, vlen, clen, idlen, at;
    struct oid after;
    uint8_t tag;

    p = enter(p, end, &tag, &n);
    version = p;
    if (!p || !(p = enter(p, end, &tag, &vlen)))
        return 0;
    p += vlen;
    community = p;
    if (!(p = enter(p, end, &tag, &clen)))
        return 0;
    p += clen;
    clen = (size_t)(p - version);
    if (!(p = enter(p, end, &tag, &n)) || tag != 0xa5)
        return 0;
    id = p;
    if (!(p = enter(p, end, &tag, &idlen)))
        return 0;
    p += idlen;
    idlen = (size_t)(p - id);
    for (int i = 0; i < 2; i++) { /* non-repeaters, max-repetitions */
        if (!(p = enter(p, end, &tag, &n)))
            return 0;
        p += n;
    }
    for (int i = 0; i < 3; i++) /* list, binding, name */
        if (!(p = enter(p, end, &tag, &n)))
            return 0;
    get_oid(p, n, &after);
    (void)community;
    /* from the inside out: room for the headers before */
    at = 64 + clen + idlen;
    n = bindings(a, &after, 40, out + at);
    at -= 4;
    n = wrap(out + at, 0x30, n);
    at -= 6;
    memcpy(out + at, "\2\1\0\2\1\0", 6); /* no error */
    at -= idlen;
    memcpy(out + at, id, idlen);
    n += 6 + idlen;
    at -= 4;
    n = wrap(out + at, 0xa2, n);
    at -= clen;
    memcpy(out + at, version, clen);
    n += clen;
    at -= 4;
    n = wrap(out + at, 0x30, n);
    memmove(out, out + at, n);
    return n;
}

int main(int argc, char **argv)
{
    unsigned port = argc > 4 ? (unsigned)atoi(argv[1]) : 0,
             count = argc > 4 ? (unsigned)atoi(argv[2]) : 0,
             dead = argc > 4 ? (unsigned)atoi(argv[3]) : 0;
    struct agent *a = calloc(count + 1, sizeof *a);
    struct pollfd *fd = calloc(count + 1, sizeof *fd);
    static uint8_t in[PACKET], out[PACKET];

    if (!count || !a || !fd)
        return 2;
    for (unsigned i = 0; i < count; i++) {
        struct sockaddr_in me = { .sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)(port + i)),
                                  .sin_addr = { htonl(INADDR_LOOPBACK) } };

        a[i].number = i;
        fill(&a[i], (unsigned)atoi(argv[4]));
        fd[i] = (struct pollfd){ socket(AF_INET, SOCK_DGRAM, 0), POLLIN, 0 };
        if (fd[i].fd < 0 || bind(fd[i].fd, (void *)&me, sizeof me)) {
            perror("snmp_responder");
            return 1;
        }
    }
    puts("ready");
    fflush(stdout);
    while (poll(fd, count, -1) > 0)
        for (unsigned i = 0; i < count; i++) {
            struct sockaddr_in you;
            socklen_t len = sizeof you;
            ssize_t n;
            size_t m;

            if (!(fd[i].revents & POLLIN))
                continue;
            n = recvfrom(fd[i].fd, in, sizeof in, 0, (void *)&you, &len);
            if (n <= 0 || (dead && i % dead == dead - 1))
                continue;
            m = answer(&a[i], in, (size_t)n, out);
            if (m)
                sendto(fd[i].fd, out, m, 0, (void *)&you, len);
        }
    return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What rackhop-wire and the process that started it say to each other: one
 * message of a SOCK_SEQPACKET socket each, a line without its end.
 *
 *     start, the first to rackhop-wire; FIRST and LAST are ports, 0 0 any one
 *         source|target 1 ADDRESS FIRST LAST LANES RATE PATIENCE ID KEY
 *         source|target ... KEY pki NAMES CA CRL CHAIN KEY
 *                               bytes of what certificates are checked and
 *                               proved with (tls_pki.h), which follow in messages
 *                               of at most LANE_PIECE
 *     orders, at any time
 *         rate BYTES            a second, of all lanes; 0: no limit
 *         patience SECONDS      to wait for a lane when none is up; one that says
 *                               nothing for half of it (2 s to 10 s) is lost
 *     reports of rackhop-wire
 *         listening PORT
 *         dials LANE            it connects from now on
 *         reached LANE          something listens where it connects; hands are
 *                               not shaken yet
 *         up LANE CIPHER
 *         certificates OWN OTHER NAME   in front of it: when each end's end, in
 *                               seconds since 1970, and whose the other is
 *         down LANE WHY
 *         bytes ACKED TAKEN RESENT   of this end's streams; at most each 100 ms
 *         done                  all has come at both ends
 *         failed WHY
 *
 * Neither trusts the other: rackhop-wire reads what any network sends.
 */
#ifndef XLX_WIRE_LANE_WORDS_H
#define XLX_WIRE_LANE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LANE_WORDS_MAX = 512, /* bytes of a message, with a NUL behind it */
    LANE_KEY = 32,
    LANE_ID = 16,
    LANE_PATIENCE_MAX = 7 * 24 * 3600,
    LANE_PIECE = 8192,
    LANE_PKI_MAX = 256 << 10, /* bytes of a part */
};
#define LANE_RATE_MAX (UINT64_C(1) << 40)

/* What certificates need; the first is text of this host's making, the others
 * are files. */
enum lane_pki_part {
    LANE_PKI_NAMES,
    LANE_PKI_CA,
    LANE_PKI_CRL, /* may have no bytes */
    LANE_PKI_CHAIN,
    LANE_PKI_KEY,
    LANE_PKI_PARTS
};

struct lane_start {
    bool source;
    char address[46]; /* of the target host, IPv4 or IPv6, in numbers */
    uint16_t first, last;
    unsigned lanes;
    uint64_t rate; /* bytes/s, 0: no limit */
    unsigned patience_s;
    uint8_t id[LANE_ID], key[LANE_KEY];
    bool by_pki;                 /* by certificates as well: */
    size_t part[LANE_PKI_PARTS]; /* their bytes */
    char *pki; /* all of them; the caller's, and in no line */
};
size_t lane_start_pki_size(const struct lane_start *s);

enum lane_order_type { LANE_ORDER_RATE = 1, LANE_ORDER_PATIENCE };
struct lane_order {
    enum lane_order_type type;
    uint64_t value;
};

enum lane_report_type {
    LANE_LISTENING = 1,
    LANE_UP,
    LANE_DOWN,
    LANE_BYTES,
    LANE_DONE,
    LANE_FAILED,
    LANE_CERTIFICATES,
    LANE_DIALS,
    LANE_REACHED,
};
struct lane_report {
    enum lane_report_type type;
    unsigned lane; /* LANE_LISTENING: the port */
    uint64_t acked, taken, resent;
    uint64_t own_ends_s, other_ends_s;
    char text[256];
};

/* Their lengths, without a NUL. What is too long is cut. */
size_t lane_start_put(const struct lane_start *s, char line[LANE_WORDS_MAX]);
size_t lane_order_put(const struct lane_order *o, char line[LANE_WORDS_MAX]);
size_t lane_report_put(const struct lane_report *r, char line[LANE_WORDS_MAX]);
/* 0, or -EPROTO: it is no such line. */
int lane_start_get(struct lane_start *s, const char *line);
int lane_order_get(struct lane_order *o, const char *line);
int lane_report_get(struct lane_report *r, const char *line);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files of rackhop-wire share: one process, one struct wire. */
#ifndef XLX_WIRE_IMPL_H
#define XLX_WIRE_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "libxl-ext/wire/lane_words.h"
#include "libxl-ext/wire/lanes.h"
#include "libxl-ext/wire/tls.h"
#include "tools/base/loop.h"

enum {
    WIRE_CONTROL = CHUNK_STREAMS, /* the descriptor behind those of streams */
    WIRE_PEERS = 64,              /* whose handshake is not done */
    WIRE_SHAKE_US = 10000000,     /* the time for it, connecting included */
    WIRE_LINGER_US = 5000000,     /* for the other end to learn of the end */
    WIRE_FLOW_US = 100000,        /* over which the flow is measured */
    WIRE_FLOW_LEAST = 256 << 10,
};

struct wire;

/* A connection, until it is a lane and then. */
struct wire_conn {
    int fd; /* -1: there is none */
    struct wire *w;
    struct loop_fd *watch;
    struct tls *tls;
    unsigned lane;     /* of the source: which it is to be */
    bool ready;        /* poll() has said so since it was last waited for */
    bool blocked;      /* nothing more can be written */
    uint64_t since_us; /* it began */
    uint8_t head[CHUNK_HEAD];
    size_t have; /* of the head */
};

/* One stream's descriptor. */
struct wire_pipe {
    int fd;
    struct wire *w;
    struct loop_fd *watch;
    bool ready; /* it may be read, or written to */
    bool over;  /* it has ended, or nobody reads it any more */
};

struct wire {
    struct lane_start start;
    struct loop loop;
    uint64_t now; /* when this turn began; no later time is used in it */
    struct lanes lanes;
    struct tls_setup *tls;
    struct wire_pipe pipe[CHUNK_STREAMS];
    struct wire_conn lane[CHUNK_LANES]; /* up */
    struct wire_conn peer[WIRE_PEERS];  /* shaking hands; at the source one
                                         * for each lane */
    struct loop_fd *listener;           /* target */
    bool knocks;                        /* somebody wants to connect */
    uint64_t dial_us[CHUNK_LANES];      /* source: when to try next */
    uint64_t wait_us[CHUNK_LANES];      /* and how long it waited last */
    struct loop_fd *control;
    uint64_t alone_us; /* nobody is on the control socket since; 0: somebody */
    struct {           /* of stream 0, at the source host */
        uint64_t at_us, whole; /* when it was looked at, and how far it was */
        uint64_t most;         /* bytes of it to keep here */
    } flow;
    uint64_t seen_us;       /* when a lane was up */
    uint64_t over_us;       /* when all had come; 0: not yet */
    uint64_t said_us, said; /* the report of bytes */
    bool lost;    /* a lane, in this turn: it is to be connected again */
    bool refused; /* source: a try to connect failed */
    bool ended, failed;
    bool was_up; /* a lane, at some time */
    bool missed; /* a report: nobody has read those before it for long */
    char why[256];
};

/* --- wire_say.c: reports --- */
void wire_report(struct wire *w, const struct lane_report *r);
/* After a report was missed: what is up, and what is not. */
void wire_report_again(struct wire *w);
/* It ends, for this reason. */
void wire_fail(struct wire *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* --- wire_pipes.c: from and to the programs --- */
int wire_pipes_open(struct wire *w);
/* Looks how much gets through; when to look again. */
uint64_t wire_pipes_measure(struct wire *w, uint64_t now);
/* Moves what can be moved now. True: there is more. */
bool wire_pipes_serve(struct wire *w);

/* --- wire_conn.c: one connection --- */
int wire_conn_start(struct wire *w, struct wire_conn *c, int fd, short events);
void wire_conn_close(struct wire_conn *c);
/* It has shaken hands and is that lane now. */
void wire_conn_is_lane(struct wire_conn *c, unsigned lane,
                       const struct chunk *hello);
/* Reads from all lanes; writes to them, and notes those that are up. True:
 * there is more. */
bool wire_conns_read(struct wire *w);
bool wire_conns_write(struct wire *w);
/* Waits up to a second for the other end to have read the last of them. */
void wire_conns_end(struct wire *w);

/* --- wire_dial.c, wire_accept.c: until they are lanes --- */
/* The socket that listens; before the process is confined. -1, with *port_r
 * untouched: there is none. */
int wire_listen(const struct lane_start *s, unsigned *port_r);
int wire_accept_open(struct wire *w, int fd);
/* Each returns when it wants to be called again at the latest. */
uint64_t wire_accept_serve(struct wire *w, uint64_t now);
uint64_t wire_dial_serve(struct wire *w, uint64_t now);

#endif

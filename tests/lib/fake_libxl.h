/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A libxl of two hosts without Xen, for the two ends of a move. A test that
 * calls fake_world_new() gets these functions in place of the library's. The
 * hosts are processes; what they do to the guest's two copies, and in which
 * order, is kept in memory that they share, where the one law is watched: at
 * no moment do both copies run.
 */
#ifndef TESTS_FAKE_LIBXL_H
#define TESTS_FAKE_LIBXL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum fake_end { FAKE_SOURCE, FAKE_TARGET };

enum fake_state {
    FAKE_ABSENT,
    FAKE_RUNNING,
    FAKE_SUSPENDED,
    FAKE_PAUSED, /* built, or left paused: it does not run */
    FAKE_ENDED,  /* shut down by itself */
};

/* How the save goes. */
enum fake_save {
    SAVE_WELL,
    SAVE_REFUSED,     /* libxl_domain_suspend says no at once */
    SAVE_NO_ANSWER,   /* the guest does not react to the suspend request */
    SAVE_LATE_ANSWER, /* it does when libxl has given up */
    SAVE_LATE_BROKEN, /* likewise, of another failure than its silence */
    SAVE_BREAKS,      /* it is suspended and the stream fails then */
    SAVE_POWEROFF,    /* the guest ends by itself */
    SAVE_CRASH,
    SAVE_DESTROYED,  /* somebody destroys it */
    SAVE_POLICY,     /* our policy gives up */
    SAVE_TOO_LONG,   /* likewise, since the pause would be too long */
    SAVE_ENDLESS,    /* pre-copies until it is aborted */
    SAVE_HELPER_DIES /* at once */
};

enum { FAKE_DIED = 77 /* exit status of a host that the plan killed */ };

/* How the placer of an armed restore ends (libxl-ext/helper_arm.h). */
enum fake_placer { PLACER_WELL, PLACER_FAILS, PLACER_DIES };

struct fake_plan {
    enum fake_save save;
    bool arm;    /* the stream has libxl's head and end */
    bool script; /* .. and a device fails at the target: restore_rc at once */
    enum fake_placer placer;
    const char *disk; /* a disk of the guest, at the target; NULL: none */
    const char *nic;  /* the script of its interface; NULL: it has none */
    bool no_hap;      /* at the target: no guest is armed there */
    int load_rc;      /* Xen does not take the CPU state */
    unsigned stream_bytes, rounds;
    unsigned tail;           /* bytes that libxl writes behind libxc's part */
    const char *pause_until; /* before the suspend: until this is noted */
    int die_at[2];  /* at its so manieth call to libxl or Xen; 0: never */
    int fail_at[2]; /* likewise: that call fails */
    int config_rc;  /* the target can't read the configuration */
    bool name_taken, uuid_taken;
    bool mark_lost; /* xenstore does not keep it */
    uint64_t free_kib;
    int restore_rc, unpause_rc, resume_rc;
    int rename_rc[2], destroy_rc[2];
    int affinity_rc;
    unsigned throttle;      /* what the helper asks for after each round, */
    unsigned throttle_less; /* each time so much less; */
    bool throttle_off;      /* but 100 after the second */
    unsigned cap;           /* that the guest has at first */
    unsigned others_cap;    /* somebody sets this after our first */
    int cap_rc[2];          /* of reading it, of setting it */
    int lift_rc;            /* of setting what it had at first */
    bool no_cap;            /* its scheduler has none */
    unsigned cpu[3];        /* percent of a CPU that it uses in the rounds, of
                               which each takes a second then */
};

struct fake_world {
    struct fake_plan plan;
    _Atomic uint32_t states;     /* source | target << 8 */
    _Atomic unsigned violations; /* moments at which both ran */
    _Atomic uint64_t clock_us;   /* ahead of the real one */
    _Atomic unsigned log_len;
    char log[16384]; /* "S suspend\nT unpause\n.." */
    char name[2][128];
    int reason; /* why it ended */
    unsigned cap;
    _Atomic bool down;            /* the target's copy has no CPU up */
    _Atomic uint64_t cpu_ns;      /* CPU time that the guest has used */
    _Atomic unsigned rounds_seen; /* messages of rounds that the source acted
                                     on; who wants cpu[] counts its events */
};

/* Shared by all processes forked after it. */
struct fake_world *fake_world_new(void);
void fake_world_free(struct fake_world *w);
/* Which host this process is. */
void fake_be(struct fake_world *w, enum fake_end end);
enum fake_state fake_state(const struct fake_world *w, enum fake_end end);
const char *fake_state_name(enum fake_state s);
/* Waits for a note, for long: false when it never came. */
bool fake_await(const char *note);
void fake_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

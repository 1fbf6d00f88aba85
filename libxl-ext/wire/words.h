/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The lines of text that two rackhops say to each other, to and from structs.
 *
 * docs/wire is the protocol: which line is said when, by whom, and what may
 * change. words.c and words_*.c are its only implementation, and are pure:
 * they read and write memory. A format function writes one line with its line feed into a
 * buffer of WORD_LINE bytes and returns its length. A parse function takes a
 * line without its line feed, believes nothing that it did not check, and
 * returns 0 or -EINVAL, unless it says otherwise.
 */
#ifndef XLX_WIRE_WORDS_H
#define XLX_WIRE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/handover.h"

enum {
    WORD_LINE = 512,     /* the longest line, with its line feed or NUL */
    WORD_VERSION = 1,    /* of docs/wire that this program speaks */
    WORD_FRAMES = 1,     /* version of the frames that it makes and takes */
    WORD_ARMS = 1,       /* version of @arm that it says and takes */
    WORD_LANES = 1,      /* version of @lanes that it says and takes */
    WORD_PARAMS = 20,    /* of @arm */
    WORD_UUID = 36,      /* characters of a UUID */
    WORD_ID = 64,        /* of a move's id */
    WORD_HOST = 63,      /* of a host's name in @move */
    WORD_CPUS = 90,      /* of a set of CPUs in @pin */
    WORD_PINS = 12,      /* lines of @pin */
    WORD_FEATURES = 289, /* the text of a CPU featureset, with its NUL */
};

/* --- the greeting: the target host, before xl's banner ---------------------- */

/* The marks that begin the lines; the script of tools/move prints them. */
#define WORD_MARK_WIRE    "@wire"    /* VERSION; a rackhop's first line */
#define WORD_MARK_NONE    "@none"    /* neither rackhop nor xl is there */
#define WORD_MARK_XL      "@xl"      /* xl is there, rackhop is not */
#define WORD_MARK_INFO    "@info"    /* a line of `xl info` */
#define WORD_MARK_VM      "@vm"      /* a line of `xl vm-list` */
#define WORD_MARK_NET     "@net"     /* BRIDGE */
#define WORD_MARK_VENDOR  "@vendor"  /* of the CPU */
#define WORD_MARK_CPUID   "@cpuid"   /* a line of xen-cpuid */
#define WORD_MARK_MISSING "@missing" /* PATH that was asked for */
#define WORD_MARK_POOL    "@pool"    /* a line of `xl cpupool-list` */
#define WORD_MARK_CODEC   "@codec"   /* VERSION; a rackhop that takes frames */
#define WORD_MARK_ARM     "@arm"     /* VERSION; a rackhop that arms guests */
#define WORD_MARK_LANES   "@lanes" /* VERSION ..; a rackhop that takes lanes */
#define WORD_MARK_NOLANES "@nolanes" /* WHY; and that has none now */
#define WORD_MARK_PKI     "@pki"     /* VERSION ..; lanes by certificates */

enum word_mark {
    WORD_OTHER, /* no mark, or one of a newer rackhop: skipped */
    WORD_WIRE,
    WORD_NONE,
    WORD_XL,
    WORD_INFO,
    WORD_VM,
    WORD_NET,
    WORD_VENDOR,
    WORD_CPUID,
    WORD_MISSING,
    WORD_POOL,
    WORD_CODEC,
    WORD_ARM,
    WORD_LANE,
    WORD_NO_LANE,
    WORD_PKI,
};
/* Which mark a line begins with; *rest_r is what follows its space. */
enum word_mark word_mark_parse(const char *line, const char **rest_r);
/* Whether one of the lines of a text begins with that mark. */
bool word_mark_in(const char *text, enum word_mark m);

/* A part of somebody else's text. */
struct word_slice {
    const char *at;
    size_t len;
};

/* "xen_major              : 4" */
int word_info_parse(const char *rest, struct word_slice *key,
                    struct word_slice *value);
/* "UUID  ID  NAME"; -EINVAL for the heading. */
int word_vm_parse(const char *rest, struct word_slice *uuid,
                  struct word_slice *name);

/* "Pool-0  4  credit2  y  3"; -EINVAL for the heading. */
int word_pool_parse(const char *rest, struct word_slice *name,
                    struct word_slice *sched);

enum word_cpuid { WORD_PV_MAX, WORD_HVM_MAX };
/* "HVM Max     178bfbfd:c2f82203": which set, and "178bfbfd,c2f82203". */
int word_cpuid_parse(const char *rest, enum word_cpuid *set,
                     char features[WORD_FEATURES]);

/* --- the version ------------------------------------------------------------ */

/*
 * "@wire VERSION". The target host says the highest version that it speaks.
 * A source host that finds it there answers with the highest that both speak,
 * in front of "@move". A rackhop that says none is of version 0.
 */
size_t word_wire_format(unsigned version, char buf[WORD_LINE]);
int word_wire_parse(const char *line, unsigned *version_r);
/* The version that both speak. */
unsigned word_wire_agree(unsigned theirs);

/*
 * "@codec VERSION ratio tail", by both hosts: the target host can take frames
 * (wire/frame.h) of that version, the source host will send them. "ratio": it
 * knows what they have of it in struct word_learned. "tail": it can take the
 * tail of a stream in frames as well (wire/tail.h), or will send it.
 */
struct word_codec {
    unsigned version;
    bool ratio, tail;
};
size_t word_codec_format(const struct word_codec *c, char buf[WORD_LINE]);
/* After -EINVAL *c is as it was. */
int word_codec_parse(const char *line, struct word_codec *c);

/*
 * "@arm VERSION" by the target host: it can finish a guest's domain before the
 * memory is there. "@arm VERSION BYTES INDEX=VALUE .." by the source host, which
 * tells what that takes, numbers in hex: Xen's parameters of the guest
 * (HVM_PARAM_*), and so many bytes of CPU state that follow the line.
 */
struct word_arm {
    uint32_t context; /* bytes */
    uint32_t n;
    struct word_param {
        uint64_t index, value;
    } param[WORD_PARAMS];
};
size_t word_arms_format(unsigned version, char buf[WORD_LINE]);
int word_arms_parse(const char *line, unsigned *version_r);
/* 0: the line would be too long. */
size_t word_arm_format(const struct word_arm *a, char buf[WORD_LINE]);
/* -ENOENT: it is no such line. */
int word_arm_parse(const char *line, struct word_arm *a);

/*
 * "@lanes VERSION PORT ID KEY ADDRESS" by the target host, whose rackhop-wire
 * listens there; "@pki" with the same, and "only" behind it maybe: it wants to
 * see the source host's certificate, and then takes no guest over ssh.
 * "@lanes VERSION PATIENCE" by the source host: the last line
 * over ssh; what follows goes over lanes, and no connection for so many seconds
 * is the end of the move. "@nolanes WHY" by a target host that has none.
 */
enum {
    WORD_LANES_ID = 16,     /* bytes */
    WORD_LANES_KEY = 32,    /* likewise */
    WORD_PATIENCE = 604800, /* the most, a week */
};
struct word_lanes {
    unsigned version; /* the highest that the target host speaks */
    unsigned port;
    char address[46]; /* IPv4 or IPv6, in numbers */
    uint8_t id[WORD_LANES_ID], key[WORD_LANES_KEY];
    bool pki;  /* by certificates as well, */
    bool only; /* and in no other way */
};
size_t word_lanes_format(const struct word_lanes *l, char buf[WORD_LINE]);
int word_lanes_parse(const char *line, struct word_lanes *l);
size_t word_lanes_take_format(unsigned patience_s, char buf[WORD_LINE]);
/* -ENOENT: it is no such line. */
int word_lanes_take_parse(const char *line, unsigned *patience_s_r);
size_t word_no_lanes_format(const char *why, char buf[WORD_LINE]);

/* "@quit", over ssh, by either host: it gives up a move that goes over lanes. */
#define WORD_QUIT "@quit"

/* --- the source host, before the configuration ------------------------------- */

/* "@move UUID EPOCH ID HOST": which move the configuration is of. */
struct word_move {
    char uuid[WORD_UUID + 1];
    uint64_t epoch; /* at least 1 */
    char id[WORD_ID + 1];
    char host[WORD_HOST + 1]; /* the source host; "": it has no name */
};
size_t word_move_format(const struct word_move *m, char buf[WORD_LINE]);
int word_move_parse(const char *line, struct word_move *m);
/* Whether it is meant as one: a line that is not may be skipped. */
bool word_is_move(const char *line);
/* [A-Za-z0-9._:-], 1 to WORD_ID of them, with no '.' or '-' in front. */
bool word_id_ok(const char *id);

/*
 * "@pin FIRST-LAST HARD SOFT": the CPUs to which these vCPUs are pinned. HARD
 * and SOFT are "0-3,8", "all", or "-": they are to be left alone.
 */
struct word_pin {
    unsigned first, last;
    char hard[WORD_CPUS + 1], soft[WORD_CPUS + 1];
};
size_t word_pin_format(const struct word_pin *p, char buf[WORD_LINE]);
int word_pin_parse(const char *line, struct word_pin *p);

/* --- the target host, on its stderr, while the move runs ---------------------- */

enum word_report_type {
    WORD_NO_REPORT,      /* the line is not a rackhop's */
    WORD_REPORT_UNKNOWN, /* it is a newer one's: only a sign of life */
    WORD_ALIVE,
    WORD_ACK,
    WORD_TIMES,
    WORD_ERROR,
};

/* "@rackhop alive", "@rackhop ack BYTES", .. */
struct word_report {
    enum word_report_type type;
    uint64_t acked; /* ack: bytes after the banner that have been read */
    struct word_times {
        /* monotonic us of the target host, 0: it did not happen */
        uint64_t last, built, restored, go, unpaused, done;
    } times;
    const char *text; /* error: a sentence; parsed, it points into the line */
};
/* Of one of the four types. What does not fit of an error is cut, and what
 * would break the line is replaced. */
size_t word_report_format(const struct word_report *r, char buf[WORD_LINE]);
/* Fills in r whatever the line is. */
void word_report_parse(const char *line, struct word_report *r);

/* --- the source host, after the report ---------------------------------------- */

/* "dirty_mib_s=1.5 writable_mib=20": how the guest dirties its memory; and
 * after it, if that is known, " wire_first=0.4 wire_again=0.1": the bytes that
 * each byte of it took on the wire. */
struct word_learned {
    double dirty_mib_s; /* < 0: nothing is known */
    double writable_mib;
    double wire_first; /* in the first pass; 0: not known */
    double wire_again; /* of pages that came again; 0: not known */
};
size_t word_learned_format(const struct word_learned *l, char buf[WORD_LINE]);
/* Also with the line feed. Nothing is known after a failure. */
int word_learned_parse(const char *line, struct word_learned *l);

/* --- the target host, asked past GO --------------------------------------------- */

/* "@settled UUID EPOCH ANSWER": what became of that move. answer: HO_ANS_*. */
size_t word_settled_format(const char *uuid, uint64_t epoch,
                           enum ho_input answer, char buf[WORD_LINE]);
/* Out of all that the other host printed: HO_ANS_NONE when there is no answer
 * of that move in it. */
enum ho_input word_settled_parse(const char *text, const char *uuid,
                                 uint64_t epoch);

/* "@guest UUID here" or ".. away": whether a host that is asked has that
 * guest. */
size_t word_guest_format(const char *uuid, bool here, char buf[WORD_LINE]);
/* Out of all that the other host printed: 1 here, 0 away, -ENOENT when there
 * is no answer about that guest in it. */
int word_guest_parse(const char *text, const char *uuid);

#endif

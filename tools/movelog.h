/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A line for each move that has ended, for those who read this host's log long
 * after: in systemd's journal with fields that can be searched for, or in
 * syslog. rackhop-apply(1) names the fields.
 */
#ifndef RACKHOP_MOVELOG_H
#define RACKHOP_MOVELOG_H

enum movelog_end { MOVELOG_DONE, MOVELOG_FAILED, MOVELOG_DOUBT };

/* Strings are from anywhere: what no log should have is made harmless. */
struct movelog {
    enum movelog_end end;
    const char *guest, *uuid, *from, *to;
    const char *id, *run; /* NULL: a person's; none */
    const char *why;      /* NULL or "": it was done */
    const char *way;      /* "lanes" or "ssh"; NULL: not known */
    const char *no_lanes; /* NULL or "": it was not to go over lanes */
    /* < 0: not known */
    double seconds, downtime_ms, bytes;
};

/* Nothing is told of what fails here: a log that is not there must not hold up
 * a move, and has no reader. */
void movelog_tell(const struct movelog *m);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only */
/* The events of one move, for programs: one JSON object each. */
#ifndef RACKHOP_DOC_MOVE_EVENT_H
#define RACKHOP_DOC_MOVE_EVENT_H

#include "libxl-ext/handover.h"
#include "libxl-ext/migrate.h"
#include "tools/doc/json.h"

/* t_s: since the first event. */
void move_event_write(struct json_out *o, const struct xlx_event *ev,
                      double t_s);

/* Something that an administrator should know of the move. */
void move_note_write(struct json_out *o, const char *text);

struct move_end {
    const char *name, *host; /* the guest, the target host */
    double seconds;
    const char *error; /* NULL: none */
};
void move_end_write(struct json_out *o, const struct move_end *e,
                    const struct xlx_send *s);
/* The end of a move that was made before, by its record. */
void move_end_already(struct json_out *o, enum ho_state state,
                      const char *text);

#endif

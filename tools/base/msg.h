/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * An error on its way to the operator: one sentence, to which each layer that
 * it passes adds its context. A function that can fail for a reason takes a
 * `struct msg *`, returns a negative errno, and leaves the message alone when
 * it succeeds.
 */
#ifndef RACKHOP_BASE_MSG_H
#define RACKHOP_BASE_MSG_H

#include <stddef.h>

struct msg {
    char text[1024]; /* always terminated; "" is no message */
};

/* For a declaration: struct msg err = MSG_NONE; */
#define MSG_NONE                                                              \
    {                                                                         \
        .text = ""                                                            \
    }

/*
 * Sets the text; what does not fit is cut. An argument may be the message's
 * own text, so that context can be put before it:
 *     msg_set(err, "%s: %s", path, err->text);
 */
void msg_set(struct msg *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Puts more behind the text. */
void msg_add(struct msg *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif

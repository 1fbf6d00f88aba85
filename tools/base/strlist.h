/* SPDX-License-Identifier: LGPL-2.1-only */
/* A list of strings that owns them. All zero is an empty list. */
#ifndef RACKHOP_BASE_STRLIST_H
#define RACKHOP_BASE_STRLIST_H

#include <stdbool.h>
#include <stddef.h>

struct strlist {
    char **s;
    size_t n, room;
};

/* Appends a copy of s, or of its first len bytes. 0 or -ENOMEM. */
int strlist_add(struct strlist *l, const char *s);
int strlist_addn(struct strlist *l, const char *s, size_t len);
/* Appends the parts of a text between separators, but no empty ones. */
int strlist_split(struct strlist *l, const char *text, char separator);
bool strlist_has(const struct strlist *l, const char *s);
/* Takes out what is that string; the rest keeps its order. */
void strlist_remove(struct strlist *l, const char *s);
void strlist_dispose(struct strlist *l);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the CPU level of this host, and gives it to guests. */
#include "tools/move/level.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/store/store.h"
#include "tools/xlcfg.h"

enum { KEY_TEXT = 80 };

/* A vendor is a word from outside: a key has letters and digits of it. */
static void level_key(const char *of, char key[KEY_TEXT])
{
    size_t at = (size_t)snprintf(key, KEY_TEXT, "level/");

    for (; *of && at + 2 < KEY_TEXT; of++)
        key[at++] = isalnum((unsigned char)*of) ? *of : '_';
    key[at++] = '.'; /* of no name at all as well */
    key[at] = '\0';
}

static int level_write(struct store *s, const char *key, const char *text)
{
    uint64_t rev = 0;
    char *old = NULL;
    int rc = store_get(s, key, &old, &rev);

    free(old);
    if (rc == -ENOENT && !text)
        return 0;
    if (rc && rc != -ENOENT)
        return rc;
    return store_cas(s, key, rev, text, NULL);
}

int level_keep(const char *statedir, const char *of, const char *text,
               struct msg *err)
{
    struct store *s = NULL;
    char key[KEY_TEXT];
    int rc;

    rc = text ? store_open(&s, statedir, err)
              : store_open_if_there(&s, statedir, err);
    if (!s)
        return rc;
    level_key(of, key);
    rc = level_write(s, key, text);
    if (rc)
        msg_set(err, "the CPU level can't be recorded: %s", store_error(s));
    store_close(s);
    return rc;
}

int level_kept(const char *statedir, const char *of, struct level_kept *k,
               struct msg *err)
{
    struct store *s = NULL;
    char key[KEY_TEXT], *text = NULL;
    int rc;

    *k = (struct level_kept){ .level = "" };
    rc = store_open_if_there(&s, statedir, err);
    if (!s)
        return rc;
    level_key(of, key);
    rc = store_get(s, key, &text, NULL);
    if (rc == -ENOENT)
        rc = 0;
    else if (rc)
        msg_set(err, "the CPU level can't be read: %s", store_error(s));
    else
        rc = level_kept_parse(k, text, strlen(text), err);
    store_close(s);
    free(text);
    return rc ? rc : *k->level != '\0';
}

/* --- a guest ------------------------------------------------------------- */

char *level_for_guest(const struct level_kept *k, const char *text, size_t len,
                      bool force, struct msg *said)
{
    struct plan_features left;
    struct xlcfg_guest g;
    char names[200], *line;

    *said = (struct msg)MSG_NONE;
    if (xlcfg_guest(text, len, &g))
        return NULL;
    if (g.has_cpuid && !force) {
        msg_set(said,
                "%s has a cpuid= line of its own, and is started with that, "
                "not under CPU level %s",
                g.name, k->level);
        return NULL;
    }
    line = plan_level_line(&k->hidden[g.pv ? PLAN_LEVEL_PV : PLAN_LEVEL_HVM],
                           &left);
    msg_set(said, "%s is started under CPU level %s%s", g.name, k->level,
            g.has_cpuid ? ", and not with its own cpuid= line" : "");
    if (plan_features_count(&left))
        msg_add(said, "; this can't be hidden from it: %s",
                plan_features_names(&left, 0, names, sizeof names));
    return line;
}

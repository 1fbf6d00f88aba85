/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads rackhop-autostart/1: how a host starts a guest at boot. */
#include "tools/doc/autostart.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/uuid.h"
#include "tools/doc/json.h"

static const char format[] = "rackhop-autostart/1", below[] = "/etc/xen/";

enum { NAME_MAX_ = 128, PATH_MAX_ = 512 };

static char *copy_of(const char *s)
{
    return s ? strdup(s) : NULL;
}

int autostart_add(struct autostart *a, const char *name, const char *path,
                  const char *text)
{
    struct autostart_entry *e = &a->entry[a->n];

    if (a->n == AUTOSTART_ENTRIES)
        return -ENOSPC;
    a->n++;
    *e = (struct autostart_entry){ copy_of(name), copy_of(path),
                                   copy_of(text) };
    return e->name && e->text && (e->path || !path) ? 0 : -ENOMEM;
}

void autostart_dispose(struct autostart *a)
{
    for (unsigned i = 0; i < a->n; i++) {
        free(a->entry[i].name);
        free(a->entry[i].path);
        free(a->entry[i].text);
    }
    a->n = 0;
}

/* --- checks ------------------------------------------------------------------ */

static bool is_printable(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return false;
    return true;
}

bool autostart_name_ok(const char *name)
{
    return *name && *name != '.' && strlen(name) <= NAME_MAX_ &&
           !strchr(name, '/') && is_printable(name);
}

bool autostart_path_ok(const char *path)
{
    size_t n = strlen(path);

    if (n > PATH_MAX_ || strncmp(path, below, sizeof below - 1) ||
        path[n - 1] == '/' || !is_printable(path))
        return false;
    for (const char *p = path; (p = strchr(p, '/')); p++)
        if (p[1] == '/' || p[1] == '.')
            return false;
    return true;
}

/* --- writing ----------------------------------------------------------------- */

char *autostart_format(const struct autostart *a)
{
    struct json_out *o = json_text_new(false);

    if (!o)
        return NULL;
    json_obj(o);
    json_kv_str(o, "format", format);
    json_kv_str(o, "uuid", a->uuid);
    json_kv_str(o, "guest", a->guest);
    json_key(o, "entries");
    json_arr(o);
    for (unsigned i = 0; i < a->n; i++) {
        json_obj(o);
        json_kv_str(o, "name", a->entry[i].name);
        if (a->entry[i].path)
            json_kv_str(o, "path", a->entry[i].path);
        json_kv_str(o, "text", a->entry[i].text);
        json_obj_end(o);
    }
    json_arr_end(o);
    json_obj_end(o);
    return json_text_free(o, NULL);
}

/* --- reading ----------------------------------------------------------------- */

/* A string without NULs; "" is none. */
static const char *get_text(const struct json *v, const char *key)
{
    const struct json *s = json_get(v, key);

    return s && s->type == JSON_STR && strlen(s->str) == s->len ? s->str : "";
}

static int get_entry(struct autostart *a, const struct json *v)
{
    const char *name = get_text(v, "name"), *path = get_text(v, "path");
    const char *text = get_text(v, "text");

    if (!autostart_name_ok(name) || !*text || strlen(text) > AUTOSTART_TEXT ||
        (json_get(v, "path") && !autostart_path_ok(path)))
        return -EINVAL;
    return autostart_add(a, name, json_get(v, "path") ? path : NULL, text);
}

static int get_all(struct autostart *a, const struct json *v)
{
    const char *uuid = get_text(v, "uuid"), *guest = get_text(v, "guest");
    int rc = 0;

    if (!uuid_ok(uuid) || !*guest || strlen(guest) >= sizeof a->guest ||
        !is_printable(guest))
        return -EINVAL;
    strcpy(a->uuid, uuid);
    strcpy(a->guest, guest);
    JSON_FOREACH(e, json_get(v, "entries"))
        if (!rc)
            rc = get_entry(a, e);
    return rc;
}

int autostart_parse(struct autostart *a, const char *name, const char *text,
                    size_t len, struct msg *err)
{
    static const struct json_limits limits = { .bytes = 4 << 20,
                                               .values = 200 };
    struct json_doc *doc;
    int rc;

    memset(a, 0, sizeof *a);
    rc = json_parse(&doc, name, text, len, NULL, &limits, err);
    if (rc)
        return rc;
    rc = json_check_format(doc, name, format, err);
    if (!rc) {
        rc = get_all(a, json_root(doc));
        if (rc)
            msg_set(err, "%s: a name, a path or a text in it can't be right",
                    name);
    }
    json_free(doc);
    if (rc)
        autostart_dispose(a);
    return rc;
}

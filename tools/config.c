/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads rackhop.conf by the table of settings. libxlutil parses, so the files
 * look like every other file that an xl administrator writes.
 */
#include "tools/config_impl.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxlutil.h>

#include "tools/base/file.h"
#include "tools/base/ipnet.h"
#include "tools/base/msg.h"
#include "tools/base/text.h"

const char config_no_hosts[] = "no hosts are configured: rackhop.conf needs "
                               "hosts = [ \"NAME=ADDRESS\", .. ]";

/* *row_r: the one that is wrong. */
static int set_list(struct config *c, const struct setting *s,
                    XLU_ConfigList *list, int n, int *row_r, struct msg *err)
{
    int rc = 0;

    config_list_dispose(c, s);
    for (int i = 0; i < n && !rc; i++) {
        const char *row = xlu_cfg_get_listitem(list, i);

        *row_r = i;
        if (row) {
            rc = config_list_add(c, s, row, err);
            if (rc == -EINVAL && s->type == T_HOSTS)
                rc = config_fault(c, err);
        } else {
            rc = -EINVAL;
            msg_set(err, "%s takes a list of strings", s->name);
        }
    }
    return rc;
}

void config_init(struct config *c)
{
    *c = (struct config){ .alpha = 0 };
    for (int i = 0; config_table[i].name; i++)
        config_set_default(c, &config_table[i]);
}

void config_dispose(struct config *c)
{
    for (int i = 0; config_table[i].name; i++) {
        config_list_dispose(c, &config_table[i]);
        if (config_table[i].type == T_STRING ||
            config_table[i].type == T_HOSTS_FILE ||
            config_table[i].type == T_WORD) {
            free(*(char **)config_field(c, &config_table[i]));
            *(char **)config_field(c, &config_table[i]) = NULL;
        }
    }
    strlist_dispose(&c->files);
    strlist_dispose(&c->notes);
}

/* --- loading --------------------------------------------------------------- */

enum { FILE_MAX = 1 << 20 };

/* The whole text of a file. 0, or a negative errno and a sentence in err. */
static int read_text(const char *path, char **text_r, size_t *len_r,
                     struct msg *err)
{
    int rc = 0;

    *text_r = file_read(path, FILE_MAX, len_r);
    if (!*text_r)
        rc = -errno;
    if (rc == -EFBIG)
        msg_set(err, "%s is larger than 1 MiB", path);
    else if (rc)
        msg_set(err, "%s: %s", path, strerror(-rc));
    else if (strlen(*text_r) != *len_r) {
        msg_set(err, "%s is no text", path);
        rc = -EINVAL;
    }
    return rc;
}

/* The text as libxlutil reads it. What it complains of goes to err. */
static int parse_text(XLU_Config **x_r, const char *path, const char *text,
                      size_t len, struct msg *err)
{
    char *said = NULL;
    size_t said_len = 0;
    FILE *mem = open_memstream(&said, &said_len);
    int rc = mem && (*x_r = xlu_cfg_init(mem, path)) ? 0 : -ENOMEM;

    if (rc)
        msg_set(err, "%s: out of memory", path);
    else if (xlu_cfg_readdata(*x_r, text, (int)len)) {
        rc = -EINVAL;
        fflush(mem);
        said[strcspn(said, "\n")] = '\0';
        msg_set(err, "%s", said_len ? said : path);
    }
    if (rc && *x_r) {
        xlu_cfg_destroy(*x_r);
        *x_r = NULL;
    }
    if (mem)
        fclose(mem);
    free(said);
    return rc;
}

/* One setting, if the file has it. *row_r: of a list, the row that is wrong. */
static int store_setting(struct config *c, const struct setting *s,
                         XLU_Config *x, int *row_r, struct msg *err)
{
    XLU_ConfigList *list = NULL;
    const char *v = NULL;
    int n = 0, r;

    msg_set(err, "out of memory");
    if (config_is_list(s))
        r = xlu_cfg_get_list(x, s->name, &list, &n, 1);
    else
        r = xlu_cfg_get_string(x, s->name, &v, 1);
    if (r == ESRCH)
        return 0;
    if (r) {
        msg_set(err, "%s takes %s", s->name,
                config_is_list(s) ? "a list of strings" : "one value");
        return -EINVAL;
    }
    return config_is_list(s) ? set_list(c, s, list, n, row_r, err)
                             : config_set_value(c, s, v, err);
}

/* The rows of a list that was read, beside each other. */
static int check_rows(struct config *c, const struct setting *s,
                      const char *path, const struct config_place *place,
                      struct msg *err)
{
    struct msg why;
    int rc = 0;

    for (size_t i = 0; !rc && i < config_rows(c, s); i++) {
        if (!config_check_row(c, s, i, &why))
            continue;
        msg_set(err, "%s:%u: %s", path, config_place_row(place, (int)i),
                why.text);
        rc = config_fault(c, err);
    }
    return rc;
}

static int store_settings(struct config *c, const char *path, XLU_Config *x,
                          const struct config_place *place, struct msg *err)
{
    struct msg why;
    int rc = 0;

    for (int i = 0; !rc && config_table[i].name; i++) {
        int row = -1;

        rc = store_setting(c, &config_table[i], x, &row, &why);
        if (rc)
            msg_set(err, "%s:%u: %s", path,
                    row < 0 ? place[i].line : config_place_row(&place[i], row),
                    why.text);
        else if (place[i].line && config_is_list(&config_table[i]))
            rc = check_rows(c, &config_table[i], path, &place[i], err);
    }
    return rc;
}

/* Settings of which each is fine, and which can't be kept together. */
static int check_pause(const struct config *c, const char *path,
                       struct msg *err)
{
    if (!c->max_pause_ms || c->max_pause_ms > c->overhead_ms)
        return 0;
    msg_set(err,
            "%s: max_pause_ms = %ld: no pause is as short, since overhead_ms "
            "= %ld of each are not for memory; allow more, or correct "
            "overhead_ms",
            path, c->max_pause_ms, c->overhead_ms);
    return -EINVAL;
}

/* An empty list would be either nobody or everybody of a CA's. */
static int check_pki(const struct config *c, const char *path, struct msg *err)
{
    bool wanted = strcmp(c->wire_pki, "off");

    if (wanted && !c->wire_pki_hosts.n)
        msg_set(err,
                "%s: wire_pki = \"%s\" needs wire_pki_hosts, which says whose "
                "certificates count",
                path, c->wire_pki);
    else if (!strcmp(c->wire_pki, "require") && !strcmp(c->wire, "off"))
        msg_set(err,
                "%s: wire = \"off\" and wire_pki = \"require\" leave no way "
                "for a guest",
                path);
    else if (c->wire_pki_dir && *c->wire_pki_dir != '/')
        msg_set(err, "%s: wire_pki_dir takes an absolute path, not %s", path,
                c->wire_pki_dir);
    else
        return 0;
    return -EINVAL;
}

static int check_wire(const struct config *c, const char *path,
                      struct msg *err)
{
    struct ipnet net;
    struct ports ports;

    if (c->migration_network && ipnet_parse(&net, c->migration_network)) {
        msg_set(err,
                "%s: migration_network takes a network such as 10.1.0.0/16, "
                "not %s",
                path, c->migration_network);
        return -EINVAL;
    }
    if (ports_parse(&ports, c->wire_ports)) {
        msg_set(err,
                "%s: wire_ports takes ports such as 41000-41063, or any, not "
                "%s",
                path, c->wire_ports);
        return -EINVAL;
    }
    return check_pki(c, path, err);
}

/* --- files that a file names ------------------------------------------------- */

enum { INCLUDES_MOST = 64, INCLUDE_DEPTH = 8 };

static int load_file(struct config *c, const char *path, int depth,
                     struct msg *err);

/* A file beside the one that names it, unless its path is absolute. */
static char *beside(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    char *full;

    if (*name == '/' || !slash)
        return strdup(name);
    return asprintf(&full, "%.*s%s", (int)(slash + 1 - path), path, name) < 0
               ? NULL
               : full;
}

/* The files that it includes come first: what it says itself is in force. */
static int load_includes(struct config *c, const char *path, XLU_Config *x,
                         unsigned line, int depth, struct msg *err)
{
    XLU_ConfigList *list = NULL;
    int n = 0, rc = 0;

    if (xlu_cfg_get_list(x, "include", &list, &n, 1))
        return 0;
    for (int i = 0; i < n && !rc; i++) {
        const char *name = xlu_cfg_get_listitem(list, i);
        char *full = name ? beside(path, name) : NULL;

        if (!name || depth >= INCLUDE_DEPTH || c->files.n >= INCLUDES_MOST) {
            msg_set(err, "%s:%u: include %s", path, line,
                    !name ? "takes a list of strings"
                          : "goes too deep, or in a circle");
            rc = -EINVAL;
        } else if (!full) {
            rc = -ENOMEM;
        } else {
            rc = load_file(c, full, depth + 1, err);
            if (rc == -ENOENT)
                msg_set(err, "%s:%u: include: %s", path, line, err->text);
        }
        free(full);
    }
    return rc;
}

static int load_hosts(struct config *c, const char *path, unsigned line,
                      struct msg *err)
{
    char *full;
    int rc;

    if (!line || !c->hosts_file)
        return 0;
    full = beside(path, c->hosts_file);
    if (!full)
        return -ENOMEM;
    rc = config_hosts_file(c, full, err);
    if (rc == -ENOENT)
        msg_set(err, "%s:%u: hosts_file: %s", path, line, err->text);
    if (!rc)
        rc = strlist_add(&c->files, full);
    free(full);
    return rc;
}

static const struct config_place *place_of(const struct config_place *place,
                                           const char *name)
{
    int i = 0;

    while (strcmp(config_table[i].name, name))
        i++;
    return &place[i];
}

/* A host that has left its rack's row is nothing that commands stop for. */
static int note_racks(struct config *c, const char *path,
                      const struct config_place *racks)
{
    struct msg why, note;
    int rc = 0;

    for (size_t i = 0; !rc && i < c->racks.n; i++) {
        if (!config_check_rack(c, i, &why))
            continue;
        if (racks->line)
            msg_set(&note, "%s:%u: %s", path, config_place_row(racks, (int)i),
                    why.text);
        else
            msg_set(&note, "%s: %s", path, why.text);
        rc = config_note(c, &note);
    }
    return rc;
}

/* What libxlutil has read of a file, and where it stands in the text. */
static int take_file(struct config *c, const char *path, XLU_Config *x,
                     const char *text, int depth, struct msg *err)
{
    struct config_place place[CONFIG_SETTINGS_MOST] = { { 0, NULL } };
    int rc = config_text_places(c, path, text, place, err);

    if (!rc)
        rc = load_includes(c, path, x, place_of(place, "include")->line, depth,
                           err);
    if (!rc)
        rc = store_settings(c, path, x, place, err);
    if (!rc)
        rc = load_hosts(c, path, place_of(place, "hosts_file")->line, err);
    if (!rc && !depth && !c->lenient)
        rc = note_racks(c, path, place_of(place, "racks"));
    return rc ? rc : strlist_add(&c->files, path);
}

static int load_file(struct config *c, const char *path, int depth,
                     struct msg *err)
{
    XLU_Config *x = NULL;
    char *text = NULL, *quoted = NULL;
    size_t len;
    int rc = read_text(path, &text, &len, err);

    if (!rc) {
        quoted = config_text_quote(text);
        rc = quoted ? parse_text(&x, path, quoted, strlen(quoted), err)
                    : -ENOMEM;
    }
    if (!rc)
        rc = take_file(c, path, x, text, depth, err);
    if (x)
        xlu_cfg_destroy(x);
    free(quoted);
    free(text);
    return rc;
}

/* All defaults again, whatever an included file has set before. */
static void config_forget(struct config *c)
{
    bool lenient = c->lenient;

    config_dispose(c);
    config_init(c);
    c->lenient = lenient;
}

int config_load(struct config *c, const char *path, bool must_exist,
                struct msg *err)
{
    struct msg why;
    int rc;

    msg_set(&why, "%s: out of memory", path);
    rc = load_file(c, path, 0, &why);
    if (rc == -ENOENT && !must_exist && !c->files.n && access(path, F_OK) != 0)
        return 0;
    if (!rc)
        rc = check_pause(c, path, &why);
    if (!rc)
        rc = check_wire(c, path, &why);
    if (rc == -EACCES)
        config_forget(c);
    if (rc) /* it may quote the file, whatever is in that */
        text_printable(err->text, sizeof err->text, why.text,
                       strlen(why.text));
    return rc;
}

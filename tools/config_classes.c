/* SPDX-License-Identifier: LGPL-2.1-only */
/* Parses classes of devices, and finds the class of a device. */
#include "tools/config_classes.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"

static const char vif_word[] = "vif:";
static const char card_word[] = "card:";
static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

bool class_name_ok(const char *name)
{
    size_t n = strlen(name);

    return n && n <= CLASS_NAME && *name != '-' &&
           strspn(name, name_chars) == n;
}

/* --- reading --------------------------------------------------------------- */

/* Four hexadecimal digits, and nothing that strtoul() would skip. */
static int class_hex(const char *s, uint32_t *n)
{
    char digits[5] = "";

    if (strspn(s, "0123456789abcdefABCDEF") < 4)
        return -EINVAL;
    memcpy(digits, s, 4);
    *n = (uint32_t)strtoul(digits, NULL, 16);
    return 0;
}

/* "8086:1889"; *end_r is behind it. */
static int class_id(const char *s, const char **end_r, uint32_t *id)
{
    uint32_t vendor, device;

    if (class_hex(s, &vendor) || s[4] != ':' || class_hex(s + 5, &device))
        return -EINVAL;
    *id = vendor << 16 | device;
    *end_r = s + 9;
    return 0;
}

/* "8086:1889,8086:154c@WHERE", or "card:8086:100e": no driver of domain 0 has
 * a card that is a guest's, so that its port has no name, and no LLDP. */
static int class_devices(struct class_row *r, const char *s)
{
    r->card = !strncmp(s, card_word, sizeof card_word - 1);
    s += r->card ? sizeof card_word - 1 : 0;
    do {
        if (r->ids == CLASS_IDS || class_id(s, &s, &r->id[r->ids++]))
            return -EINVAL;
    } while (*s == ',' && s++);
    if (!*s)
        return 0;
    if (r->card || *s++ != '@' || !*s || strlen(s) > CLASS_WHERE)
        return -EINVAL;
    for (const char *p = s; *p; p++)
        if (*p <= ' ' || *p >= 0x7f || strchr("@,\"'\\[]?", *p))
            return -EINVAL;
    strcpy(r->where, s);
    return 0;
}

/* A number of at most three digits; NULL: it is none. */
static const char *class_number(const char *s, unsigned most, unsigned *n)
{
    size_t digits = strspn(s, "0123456789");

    if (!digits || digits > 3)
        return NULL;
    *n = (unsigned)strtoul(s, NULL, 10);
    return *n <= most ? s + digits : NULL;
}

/* "1" or "1:4" */
static int class_vif(struct class_row *r, const char *s)
{
    r->vifs = CLASS_VIFS;
    s = class_number(s, CLASS_VIFS, &r->vif);
    if (s && *s == ':')
        s = class_number(s + 1, 999, &r->vifs);
    return s && !*s ? 0 : -EINVAL;
}

int class_rows_add(struct class_rows *rows, const char *text)
{
    struct class_row r = { .name = "" };
    size_t n = strcspn(text, "=");
    const char *what = text + n + 1;
    int rc;

    if (!text[n] || n > CLASS_NAME)
        return -EINVAL;
    memcpy(r.name, text, n);
    if (!class_name_ok(r.name))
        return -EINVAL;
    rc = strncmp(what, vif_word, sizeof vif_word - 1)
             ? class_devices(&r, what)
             : class_vif(&r, what + sizeof vif_word - 1);
    if (!rc)
        rc = array_grow(&rows->row, &rows->room, rows->n + 1, sizeof r);
    if (!rc)
        rows->row[rows->n++] = r;
    return rc;
}

void class_rows_dispose(struct class_rows *rows)
{
    free(rows->row);
    *rows = (struct class_rows){ .row = NULL };
}

char *class_row_text(const struct class_row *row)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    if (!f)
        return NULL;
    fprintf(f, "%s=%s", row->name, row->card ? card_word : "");
    for (unsigned i = 0; i < row->ids; i++)
        fprintf(f, "%s%04x:%04x", i ? "," : "", row->id[i] >> 16,
                row->id[i] & 0xffff);
    if (*row->where)
        fprintf(f, "@%s", row->where);
    if (!row->ids)
        fprintf(f, "%s%u", vif_word, row->vif);
    if (!row->ids && row->vifs != CLASS_VIFS)
        fprintf(f, ":%u", row->vifs);
    if (!fclose(f))
        return text;
    free(text);
    return NULL;
}

/* --- finding --------------------------------------------------------------- */

const struct class_row *class_rows_find(const struct class_rows *rows,
                                        const char *name)
{
    for (size_t i = 0; i < rows->n; i++)
        if (!strcmp(rows->row[i].name, name))
            return &rows->row[i];
    return NULL;
}

static bool class_has_id(const struct class_row *r, unsigned vendor,
                         unsigned device)
{
    for (unsigned i = 0; i < r->ids; i++)
        if (r->id[i] == (vendor << 16 | device))
            return true;
    return false;
}

static bool class_is_there(const struct class_row *r, const char *port,
                           const char *const *to, size_t n)
{
    if (!*r->where || !fnmatch(r->where, port, 0))
        return true;
    for (size_t i = 0; i < n; i++)
        if (!fnmatch(r->where, to[i], 0))
            return true;
    return false;
}

const struct class_row *class_of_device(const struct class_rows *rows,
                                        unsigned vendor, unsigned device,
                                        const char *port,
                                        const char *const *to, size_t n)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct class_row *r = &rows->row[i];

        if (!r->card && class_has_id(r, vendor, device) &&
            class_is_there(r, port, to, n))
            return r;
    }
    return NULL;
}

const struct class_row *class_of_card(const struct class_rows *rows,
                                      unsigned vendor, unsigned device)
{
    for (size_t i = 0; i < rows->n; i++)
        if (rows->row[i].card && class_has_id(&rows->row[i], vendor, device))
            return &rows->row[i];
    return NULL;
}

const struct class_row *class_of_vif(const struct class_rows *rows,
                                     unsigned vif)
{
    for (size_t i = 0; i < rows->n; i++)
        if (!rows->row[i].ids && rows->row[i].vif == vif)
            return &rows->row[i];
    return NULL;
}

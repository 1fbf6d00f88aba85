/* SPDX-License-Identifier: LGPL-2.1-only */
/* Asks the target host about itself and reads its answer. */
#include "tools/move/target.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/json.h"
#include "tools/remote/ssh.h"
#include "tools/text.h"
#include "tools/base/msg.h"

enum { LIST_MAX = 100000 };

/* --- asking --------------------------------------------------------------------- */

/*
 * Each line of the xl script's answer begins with a word that says what it is.
 * A non-interactive ssh has a short PATH, so the script adds the directories
 * in which Debian keeps these programs.
 */
static const char script_head[] =
    "PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin; "
    "export PATH; ";
static const char script_xl[] =
    "if ! command -v xl >/dev/null 2>&1; then echo '@none'; exit 1; fi; "
    "echo '@xl'; xl info 2>/dev/null | sed 's/^/@info /'; "
    "xl vm-list 2>/dev/null | sed 's/^/@vm /'; "
    "for b in /sys/class/net/*/bridge; do [ -e \"$b\" ] || continue; "
    "b=${b%/bridge}; echo \"@net ${b##*/}\"; done; "
    "sed -n 's/^vendor_id[^:]*: */@vendor /p;/^vendor_id/q' /proc/cpuinfo; "
    "for c in xen-cpuid /usr/lib/xen-*/bin/xen-cpuid; do "
    "command -v $c >/dev/null 2>&1 || continue; "
    "$c 2>/dev/null | sed -n '/Dynamic/,$s/^/@cpuid /p'; break; done; ";

char *target_script(const struct target_question *q)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    bool bad = false;

    if (!f)
        return NULL;
    fputs(script_head, f);
    if (!q->xl_only) {
        fputs("if command -v rackhop >/dev/null 2>&1; then "
              "exec rackhop receive --greet",
              f);
        if (q->uuid)
            fprintf(f, " --handover %s", q->uuid);
        if (q->no_watch)
            fputs(" -e", f);
        if (q->paused)
            fputs(" -p", f);
        for (size_t i = 0; i < q->n_paths; i++) {
            char *p = ssh_quote(q->paths[i]);

            bad |= !p;
            fprintf(f, " --path %s", p ? p : "");
            free(p);
        }
        fputs("; fi; ", f);
    }
    fputs(script_xl, f);
    for (size_t i = 0; i < q->n_paths; i++) {
        char *p = ssh_quote(q->paths[i]);

        bad |= !p;
        fprintf(f, "[ -e %s ] || echo '@missing' %s; ", p ? p : "",
                p ? p : "");
        free(p);
    }
    if (q->check_only) {
        fputs("echo 'xl migration receiver ready, send binary domain data.'",
              f);
    } else {
        fputs("exec xl", f);
        for (int i = 0; i < q->verbose; i++)
            fputs(i ? "v" : " -v", f);
        fprintf(f, " migrate-receive%s%s%s", q->no_watch ? " -e" : "",
                q->debug ? " -d" : "", q->paused ? " -p" : "");
    }
    if (fclose(f) || bad) {
        free(text);
        return NULL;
    }
    return text;
}

/* --- the answer of xl ----------------------------------------------------------------- */

static int list_add(struct target_list *l, const char *s, size_t len)
{
    char **bigger;

    if (l->n >= LIST_MAX)
        return -E2BIG;
    bigger = realloc(l->s, (l->n + 1) * sizeof *l->s);
    if (!bigger)
        return -ENOMEM;
    l->s = bigger;
    l->s[l->n] = strndup(s, len);
    return l->s[l->n++] ? 0 : -ENOMEM;
}

/* The same for a text that will be shown to people. */
static int list_add_clean(struct target_list *l, const char *s, size_t len)
{
    char clean[1024];

    text_printable(clean, sizeof clean, s, len);
    return list_add(l, clean, strlen(clean));
}

/* MiB that another host claims; a number that no host can have is ignored. */
static int64_t claimed_mib(double v, int64_t dflt)
{
    return v >= 0 && v <= 1e12 ? (int64_t)v : dflt;
}

/* An epoch that is absurdly high would leave no room to grow. */
static uint64_t claimed_epoch(double v)
{
    return v >= 0 && v < 1e12 ? (uint64_t)v : 0;
}

static void list_dispose(struct target_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->s[i]);
    free(l->s);
    *l = (struct target_list){ NULL, 0 };
}

bool target_has(const struct target_list *l, const char *s)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->s[i], s))
            return true;
    return false;
}

/* "xen_major              : 4" */
static void info_line(struct target_host *f, const char *s)
{
    const char *value = strchr(s, ':');
    size_t key = strcspn(s, " :");
    int n;

    if (!value)
        return;
    value += 1 + strspn(value + 1, " ");
    n = atoi(value);
    if (n < 0)
        return;
    if (key == 9 && !strncmp(s, "xen_major", 9))
        f->xen_major = (unsigned)n;
    else if (key == 9 && !strncmp(s, "xen_minor", 9))
        f->xen_minor = (unsigned)n;
    else if (key == 11 && !strncmp(s, "free_memory", 11))
        f->free_mib = n;
    else if (key == 4 && !strncmp(s, "host", 4))
        text_printable(f->name, sizeof f->name, value, strcspn(value, " \n"));
}

/* "UUID  ID  name" */
static int vm_line(struct target_host *f, const char *s)
{
    size_t uuid = strcspn(s, " "), name;
    const char *p = s + uuid;
    int rc;

    if (uuid != XLX_UUID_LEN)
        return 0; /* the heading */
    p += strspn(p, " ");
    p += strcspn(p, " ");
    p += strspn(p, " ");
    for (name = strlen(p); name && isspace((unsigned char)p[name - 1]);)
        name--;
    rc = list_add(&f->uuids, s, uuid);
    return rc ? rc : list_add(&f->names, p, name);
}

/* "HVM Max     178bfbfd:c2f82203:.." */
static void cpuid_line(struct target_host *f, const char *s)
{
    struct xlx_features *to;
    char text[XLX_FEATURES_TEXT];
    size_t n = 0;

    if (!strncmp(s, "PV Max ", 7))
        to = &f->pv_max;
    else if (!strncmp(s, "HVM Max ", 8))
        to = &f->hvm_max;
    else
        return;
    s = strchr(s, 'x') + 1;
    s += strspn(s, " ");
    for (; *s && n < sizeof text - 1; s++)
        if (!isspace((unsigned char)*s))
            text[n++] = *s == ':' ? ',' : *s;
    text[n] = '\0';
    if (xlx_features_parse(text, to))
        *to = (struct xlx_features){ .n = 0 };
}

static int xl_line(struct target_host *f, const char *s)
{
    if (!strncmp(s, "@info ", 6))
        info_line(f, s + 6);
    else if (!strncmp(s, "@vm ", 4))
        return vm_line(f, s + 4);
    else if (!strncmp(s, "@net ", 5))
        return list_add(&f->networks, s + 5, strlen(s + 5));
    else if (!strncmp(s, "@vendor ", 8))
        text_printable(f->vendor, sizeof f->vendor, s + 8, strlen(s + 8));
    else if (!strncmp(s, "@cpuid ", 7))
        cpuid_line(f, s + 7);
    else if (!strncmp(s, "@missing ", 9))
        return list_add_clean(&f->missing, s + 9, strlen(s + 9));
    else if (!strcmp(s, "@none"))
        f->kind = TARGET_NOTHING;
    else if (!strcmp(s, "@xl")) {
        f->kind = TARGET_XL;
        f->has_xl = f->knows_networks = true;
    }
    return 0;
}

/* --- the answer of rackhop ---------------------------------------------------------- */

static int take_strings(struct target_list *l, const struct json *arr)
{
    int rc = 0;

    JSON_FOREACH(v, arr) {
        if (v->type == JSON_STR && !rc)
            rc = list_add_clean(l, v->str, v->len);
    }
    return rc;
}

static int facts(struct target_host *f, const struct json *root)
{
    const struct json *host = json_get(root, "host");
    const struct json *max = json_get(host, "cpu_max");
    const char *text;
    int rc;

    f->kind = TARGET_RACKHOP;
    text = json_get_str(root, "node", "");
    text_printable(f->name, sizeof f->name, text, strlen(text));
    text = json_get_str(host, "cpu_vendor", "");
    text_printable(f->vendor, sizeof f->vendor, text, strlen(text));
    if (sscanf(json_get_str(host, "xen", ""), "%9u.%9u", &f->xen_major,
               &f->xen_minor) != 2)
        f->xen_major = f->xen_minor = 0;
    f->free_mib = claimed_mib(json_get_num(host, "free_mib", -1), -1);
    f->balloon_mib = claimed_mib(json_get_num(host, "balloon_mib", 0), 0);
    if (xlx_features_parse(json_get_str(max, "pv", ""), &f->pv_max))
        f->pv_max.n = 0;
    if (xlx_features_parse(json_get_str(max, "hvm", ""), &f->hvm_max))
        f->hvm_max.n = 0;
    f->maintenance = !strcmp(json_get_str(host, "state", ""), "maintenance");
    f->records = json_get(root, "handover_epoch");
    f->epoch = claimed_epoch(json_get_num(root, "handover_epoch", 0));
    f->knows_networks = json_get(host, "networks");
    rc = take_strings(&f->networks, json_get(host, "networks"));
    if (!rc)
        rc = take_strings(&f->missing, json_get(root, "missing_paths"));
    JSON_FOREACH(d, json_get(root, "domains")) {
        const char *name = json_get_str(d, "name", "");
        const char *uuid = json_get_str(d, "uuid", "");

        if (!rc)
            rc = list_add(&f->names, name, strlen(name));
        if (!rc)
            rc = list_add(&f->uuids, uuid, strlen(uuid));
    }
    return rc;
}

static int json_line(struct target_host *f, const char *line, size_t len,
                     struct msg *err)
{
    const struct json_limits limits = { .bytes = 4 << 20, .depth = 16 };
    struct json_doc *doc;
    int rc = json_parse(&doc, "the target host's facts", line, len, NULL,
                        &limits, err);

    if (rc)
        return rc;
    rc = json_check_format(doc, "the target host's facts", "rackhop-facts/1",
                           err);
    if (!rc) {
        rc = facts(f, json_root(doc));
        if (rc)
            msg_set(err, "the target host's facts: %s", strerror(-rc));
    }
    json_free(doc);
    return rc;
}

int target_parse(struct target_host *f, const char *greeting, struct msg *err)
{
    int rc = 0;

    *f = (struct target_host){ .free_mib = -1 };
    while (*greeting && !rc) {
        size_t len = strcspn(greeting, "\n");
        char line[1024];

        if (*greeting == '{') {
            rc = json_line(f, greeting, len, err);
        } else {
            snprintf(line, sizeof line, "%.*s",
                     (int)(len < sizeof line ? len : sizeof line - 1),
                     greeting);
            rc = xl_line(f, line);
            if (rc)
                msg_set(err, "the target host's answer: %s", strerror(-rc));
        }
        greeting += len + (greeting[len] == '\n');
    }
    if (rc)
        target_dispose(f);
    return rc;
}

void target_dispose(struct target_host *f)
{
    list_dispose(&f->networks);
    list_dispose(&f->names);
    list_dispose(&f->uuids);
    list_dispose(&f->missing);
}

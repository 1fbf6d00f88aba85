/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The table of settings, and the reader of the settings file. libxlutil parses,
 * so the file looks like every other file that an xl administrator writes.
 */
#include "tools/config.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <libxlutil.h>

#include "tools/text.h"
#include "tools/base/msg.h"

enum type { T_LONG, T_DOUBLE, T_STRING, T_LIST };

static const struct setting {
    const char *name;
    enum type type;
    double min, max;
    const char *dflt; /* in the file's syntax; NULL: none */
    const char *text;
    size_t at;
} table[] = {
#define AT(field_) offsetof(struct config, field_)
    { "hosts", T_LIST, 0, 0, NULL,
      "the hosts of the cluster: \"NAME=ADDRESS\", ..", AT(hosts) },
    { "switches", T_LIST, 0, 0, NULL,
      "switches whose LLDP tables are read: \"NAME=snmp:COMMUNITY@ADDRESS\", "
      "..",
      AT(switches) },
    { "racks", T_LIST, 0, 0, NULL, "names for racks: \"NAME=HOST,HOST\", ..",
      AT(racks) },
    { "apart", T_LIST, 0, 0, NULL,
      "guests that never share a host: \"GROUP=GUEST,GUEST\", ..", AT(apart) },
    { "together", T_LIST, 0, 0, NULL,
      "guests that stay together on one host: \"GROUP=GUEST,GUEST\", ..",
      AT(together) },
    { "topology_plan", T_STRING, 0, 0, NULL,
      "a cabling plan: a DOT file that declares the cables",
      AT(topology_plan) },
    { "lldpd_socket", T_STRING, 0, 0, NULL,
      "the socket of lldpd, if it is not in the usual place",
      AT(lldpd_socket) },
    { "snmp_timeout_ms", T_LONG, 10, 60000, "2000",
      "how long to wait for a switch, each time that it is asked",
      AT(snmp_timeout_ms) },
    { "snmp_tries", T_LONG, 1, 10, "2", "how often a switch is asked",
      AT(snmp_tries) },
    { "ssh_timeout_s", T_LONG, 1, 600, "20",
      "how long to wait for the facts of a host", AT(ssh_timeout_s) },
    { "late_s", T_LONG, 0, 1000000, "60",
      "a move is late when it takes this much longer than twice its "
      "prediction",
      AT(late_s) },
    { "ssh_command", T_STRING, 0, 0, "ssh", "the command that reaches a host",
      AT(ssh_command) },
    { "alpha", T_DOUBLE, 0, 1e6, "1", "the cost of one GiB that is sent",
      AT(alpha) },
    { "beta", T_DOUBLE, 0, 1e6, "1", "the cost of one hop", AT(beta) },
    { "weight_uplink", T_DOUBLE, 0, 1e6, "0.02",
      "the weight of the load of the busiest link of the path",
      AT(weight_uplink) },
    { "weight_memory", T_DOUBLE, 0, 1e6, "0.05",
      "the weight of how full the target host is after the move",
      AT(weight_memory) },
    { "weight_cpu", T_DOUBLE, 0, 1e6, "0.02",
      "the weight of how busy the target host is after the move",
      AT(weight_cpu) },
    { "weight_traffic", T_DOUBLE, 0, 1e6, "0.05",
      "the weight of the distance to guests that it communicates with",
      AT(weight_traffic) },
    { "weight_dirtying", T_DOUBLE, 0, 1e6, "0.02",
      "the weight of the dirty rate compared with the rate of the path",
      AT(weight_dirtying) },
    { "worth", T_DOUBLE, 0, 1e12, "400",
      "rebalance: what the balance of one host is worth, in units of cost",
      AT(worth) },
    { "stream_mbps", T_DOUBLE, 0, 1e7, "0",
      "the highest rate of one move in Mbit/s; 0: only the links limit it",
      AT(stream_mbps) },
    { "downtime_ms", T_LONG, 1, 600000, "300",
      "the downtime that a move aims at", AT(downtime_ms) },
    { "overhead_ms", T_LONG, 0, 600000, "40",
      "the part of each downtime that does not depend on memory",
      AT(overhead_ms) },
    { "setup_ms", T_LONG, 0, 600000, "0",
      "the time that each move needs before its first byte is sent",
      AT(setup_ms) },
    { "overcommit", T_DOUBLE, 0.01, 1000, "4",
      "how many vCPUs a host may have for each physical CPU", AT(overcommit) },
    { "streams", T_LONG, 1, 10000, "64",
      "the most moves at the same time, in all", AT(streams) },
    { "host_streams", T_LONG, 1, 1000, "4",
      "the most moves at the same time from or to one host",
      AT(host_streams) },
    { "link_streams", T_LONG, 1, 1000, "8",
      "the most moves at the same time over one link", AT(link_streams) },
#undef AT
};
enum { SETTINGS = sizeof table / sizeof table[0] };

static void *field(struct config *c, const struct setting *s)
{
    return (char *)c + s->at;
}

static int set_text(struct config *c, const struct setting *s, const char *v,
                    struct msg *err)
{
    char *end, *copy, **to = field(c, s);
    double d;

    if (s->type == T_STRING) {
        copy = *v || s->dflt ? strdup(v) : NULL; /* "": none */
        if (!copy && (*v || s->dflt))
            return -ENOMEM;
        free(*to);
        *to = copy;
        return 0;
    }
    errno = 0;
    d = strtod(v, &end);
    if (errno || end == v || *end || !isfinite(d) || d < s->min ||
        d > s->max || (s->type == T_LONG && d != floor(d))) {
        msg_set(err, "%s takes a %snumber from %g to %g, not %s", s->name,
                s->type == T_LONG ? "whole " : "", s->min, s->max, v);
        return -EINVAL;
    }
    if (s->type == T_LONG)
        *(long *)field(c, s) = (long)d;
    else
        *(double *)field(c, s) = d;
    return 0;
}

static int set_list(struct config *c, const struct setting *s,
                    XLU_ConfigList *list, int n)
{
    struct strlist l = { .s = NULL }, *to = field(c, s);
    int rc = 0;

    for (int i = 0; i < n && !rc; i++) {
        const char *v = xlu_cfg_get_listitem(list, i);

        rc = v ? strlist_add(&l, v) : -EINVAL; /* a list in the list */
    }
    if (rc) {
        strlist_dispose(&l);
        return rc;
    }
    strlist_dispose(to);
    *to = l;
    return 0;
}

void config_init(struct config *c)
{
    struct msg err;

    *c = (struct config){ .alpha = 0 };
    for (int i = 0; i < SETTINGS; i++)
        if (table[i].dflt)
            set_text(c, &table[i], table[i].dflt, &err);
}

void config_dispose(struct config *c)
{
    for (int i = 0; i < SETTINGS; i++) {
        if (table[i].type == T_LIST) {
            strlist_dispose(field(c, &table[i]));
        } else if (table[i].type == T_STRING) {
            free(*(char **)field(c, &table[i]));
            *(char **)field(c, &table[i]) = NULL;
        }
    }
}

static bool known(const char *name, size_t n)
{
    for (int i = 0; i < SETTINGS; i++)
        if (strlen(table[i].name) == n && !strncmp(table[i].name, name, n))
            return true;
    return false;
}

/* The end of a statement, which strings, comments and lists may hide. */
static const char *statement_end(const char *p, unsigned *line)
{
    int nesting = 0;

    for (; *p; p++) {
        if (*p == '"' || *p == '\'')
            p += strcspn(p + 1, *p == '"' ? "\"\n" : "'\n") + 1;
        if (*p == '#')
            p += strcspn(p, "\n");
        if (*p == '[')
            nesting++;
        else if (*p == ']')
            nesting--;
        else if (*p == '\n' && nesting > 0)
            ++*line;
        else if (!*p || ((*p == '\n' || *p == ';') && nesting <= 0))
            break;
    }
    return p;
}

/* libxlutil can't say which names a file sets, so a misspelt one is looked for
 * here, in a text that libxlutil could read. */
static int check_names(const char *path, const char *text, struct msg *err)
{
    unsigned line = 1;

    for (const char *p = text; *p; p++) {
        size_t n = 0, op;

        p += strspn(p, " \t\r");
        while (isalnum((unsigned char)p[n]) || p[n] == '_')
            n++;
        op = n + strspn(p + n, " \t");
        if (n && (p[op] == '=' || (p[op] == '+' && p[op + 1] == '=')) &&
            !known(p, n)) {
            msg_set(err, "%s:%u: there is no setting %.*s", path, line,
                    (int)(n > 64 ? 64 : n), p);
            return -EINVAL;
        }
        p = statement_end(p, &line);
        if (!*p)
            break;
        line += *p == '\n';
    }
    return 0;
}

enum { FILE_MAX = 1 << 20 };

/* NULL: no memory. *len_r is more than FILE_MAX when the file is. */
static char *read_all(FILE *f, size_t *len_r)
{
    char *buf = malloc(FILE_MAX + 2);

    if (!buf)
        return NULL;
    *len_r = fread(buf, 1, FILE_MAX + 1, f);
    buf[*len_r] = '\0';
    return buf;
}

int config_load(struct config *c, const char *path, bool must_exist,
                struct msg *err)
{
    char *text = NULL, *said = NULL;
    XLU_Config *x = NULL;
    FILE *f, *mem = NULL;
    size_t len, said_len;
    int rc;

    f = fopen(path, "re");
    if (!f) {
        rc = -errno;
        if (rc == -ENOENT && !must_exist)
            return 0;
        msg_set(err, "%s: %s", path, strerror(-rc));
        return rc;
    }
    rc = -ENOMEM;
    msg_set(err, "%s: out of memory", path);
    text = read_all(f, &len);
    mem = open_memstream(&said, &said_len);
    if (!text || !mem)
        goto out;
    rc = -EINVAL;
    if (ferror(f)) {
        msg_set(err, "%s can't be read", path);
        goto out;
    }
    if (len > FILE_MAX || strlen(text) != len) {
        msg_set(err, "%s is %s", path,
                len > FILE_MAX ? "larger than 1 MiB" : "no text");
        goto out;
    }
    rc = -ENOMEM;
    x = xlu_cfg_init(mem, path);
    if (!x)
        goto out;
    rc = xlu_cfg_readdata(x, text, (int)len);
    if (rc) {
        rc = -EINVAL;
        fflush(mem);
        said[strcspn(said, "\n")] = '\0';
        msg_set(err, "%s", said_len ? said : path);
        goto out;
    }
    rc = check_names(path, text, err);
    for (int i = 0; !rc && i < SETTINGS; i++) {
        const struct setting *s = &table[i];
        XLU_ConfigList *list;
        const char *v;
        struct msg why = { "out of memory" };
        int n, r;

        if (s->type == T_LIST)
            r = xlu_cfg_get_list(x, s->name, &list, &n, 1);
        else
            r = xlu_cfg_get_string(x, s->name, &v, 1);
        if (r == ESRCH)
            continue;
        if (r) {
            rc = -EINVAL;
            msg_set(&why, "%s takes %s", s->name,
                    s->type == T_LIST ? "a list of strings" : "one value");
        } else if (s->type == T_LIST) {
            rc = set_list(c, s, list, n);
            if (rc == -EINVAL)
                msg_set(&why, "%s takes a list of strings", s->name);
        } else {
            rc = set_text(c, s, v, &why);
        }
        if (rc)
            msg_set(err, "%s: %s", path, why.text);
    }
out:
    if (rc) { /* it may quote the file, whatever is in that */
        struct msg said_so = *err;

        text_printable(err->text, sizeof err->text, said_so.text,
                       strlen(said_so.text));
    }
    if (x)
        xlu_cfg_destroy(x);
    if (mem)
        fclose(mem);
    free(said);
    free(text);
    fclose(f);
    return rc;
}

/* In the file's syntax: in the quotes that are not in it. */
static void show_string(const char *s, FILE *f)
{
    char quote = s && strchr(s, '"') ? '\'' : '"';

    fputc(quote, f);
    for (; s && *s; s++) {
        if (*s == '\n')
            fputs("\\n", f);
        else if (*s == '\\')
            fputs("\\\\", f);
        else
            fputc(*s, f);
    }
    fputc(quote, f);
}

void config_show(const struct config *c, FILE *f)
{
    for (int i = 0; i < SETTINGS; i++) {
        const struct setting *s = &table[i];
        const void *v = (const char *)c + s->at;
        const struct strlist *l = v;

        fprintf(f, "# %s\n%s = ", s->text, s->name);
        switch (s->type) {
        case T_LONG: fprintf(f, "%ld\n", *(const long *)v); break;
        case T_DOUBLE: /* the syntax knows whole numbers only */
            fprintf(f, "\"%.15g\"\n", *(const double *)v);
            break;
        case T_STRING:
            show_string(*(char *const *)v, f);
            fputc('\n', f);
            break;
        case T_LIST:
            fputs("[", f);
            for (size_t j = 0; j < l->n; j++) {
                fputs(j ? ", " : " ", f);
                show_string(l->s[j], f);
            }
            fputs(" ]\n", f);
            break;
        }
    }
}

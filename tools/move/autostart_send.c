/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Hands the boot entries of guests that have moved away to the hosts where they
 * are: all hosts at once, and each asked once about all its guests, since at a
 * boot the guests that stayed wait for it.
 *
 * The other host reads a document a line, and answers with a line for each: a
 * word, by which it is told from what a shell says at each login, the exit code
 * of its `rackhop autostart take`, and the last that it said.
 */
#include "tools/move/autostart_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/file.h"
#include "tools/base/text.h"
#include "tools/move/autostart_files.h"
#include "tools/paths.h"
#include "tools/remote/gather.h"
#include "tools/remote/ssh.h"

enum {
    SEND_MS = 25000, /* for the first guest of a host, and for each other: */
    SEND_MORE_MS = 5000,
    SEND_AT_ONCE = 32,
    ANSWER_MOST = 2000, /* bytes, about a guest */
};

static const char take_script[] =
    "PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin; export PATH; "
    "while IFS= read -r doc; do "
    "said=$(printf '%s\\n' \"$doc\" | rackhop autostart take 2>&1); rc=$?; "
    "printf 'rackhop-took %s %s\\n' \"$rc\" "
    "\"$(printf %s \"$said\" | tail -n 1)\"; done";

void autostart_say(const struct autostart_tell *t, bool trouble,
                   const char *fmt, ...)
{
    char text[1500];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (t->told)
        t->told(t->arg, text, trouble);
}

/* --- documents ------------------------------------------------------------- */

/* JSON can't hold a text that is not in UTF-8. */
static bool format_keeps(const struct autostart *a, const char *text)
{
    struct autostart same;
    struct msg err;
    bool keeps;

    if (autostart_parse(&same, "it", text, strlen(text), &err))
        return false;
    keeps = same.n == a->n;
    for (unsigned i = 0; i < same.n && keeps; i++)
        keeps = !strcmp(same.entry[i].text, a->entry[i].text);
    autostart_dispose(&same);
    return keeps;
}

/* NULL: it is not sent, and its result says why. */
static char *parcel_document(struct autostart_parcel *p)
{
    char *text;

    p->rc = -ENOTSUP;
    msg_set(&p->why, "it has no rackhop");
    if (p->r.xl || !*p->r.ssh)
        return NULL;
    text = autostart_format(&p->a);
    p->rc = -ENOMEM;
    msg_set(&p->why, "it could not be asked");
    if (text && format_keeps(&p->a, text))
        return text;
    if (text) {
        p->rc = -EILSEQ;
        msg_set(&p->why, "its configuration is not in UTF-8");
    }
    free(text);
    return NULL;
}

/* --- a host ---------------------------------------------------------------- */

/* The guests that one host is asked about, by their place among all. */
struct send {
    size_t *of, n;
    char file[600];
};

static int send_write(const struct send *s, const char *text, size_t len)
{
    mode_t mask = umask(077); /* it may hold a password for VNC */
    int rc = path_make(path_run());

    if (!rc)
        rc = file_replace(s->file, text, len);
    umask(mask);
    return rc;
}

static bool same_host(const struct record *a, const struct record *b)
{
    return !strcmp(a->host, b->host) && !strcmp(a->ssh, b->ssh);
}

/* Gathers into the file the documents of all guests that are where p[first] is;
 * sent: by guest, it is in a file. false: none is, and they say why. */
static bool send_fill(struct send *s, struct autostart_parcel *p, size_t n,
                      size_t first, bool *sent)
{
    char *all = NULL;
    size_t len;
    FILE *f = open_memstream(&all, &len);
    int rc = f ? 0 : -ENOMEM;

    for (size_t i = first; i < n && f; i++) {
        char *text = !sent[i] && same_host(&p[i].r, &p[first].r)
                         ? parcel_document(&p[i])
                         : NULL;

        if (!text)
            continue;
        fprintf(f, "%.*s\n", (int)strcspn(text, "\n"), text);
        s->of[s->n++] = i;
        sent[i] = true;
        free(text);
    }
    snprintf(s->file, sizeof s->file, "%s/autostart-%s", path_run(),
             p[first].a.uuid);
    if (f && fclose(f))
        rc = -ENOMEM;
    if (!rc && s->n)
        rc = send_write(s, all, len);
    for (size_t k = 0; k < s->n && rc; k++)
        msg_set(&p[s->of[k]].why, "%s can't be written: %s", s->file,
                strerror(-rc));
    free(all);
    return !rc && s->n;
}

/* The command that hands the file to the other host; to be freed. */
static char *send_command(const struct send *s, const struct record *r)
{
    char *ssh = ssh_command(r->ssh, r->host, take_script);
    char *from = ssh_quote(s->file), *out = NULL;

    if (ssh && from && asprintf(&out, "%s < %s", ssh, from) < 0)
        out = NULL;
    free(ssh);
    free(from);
    return out;
}

/* --- the answer ------------------------------------------------------------ */

/* The next line that is one of the answers, behind its word; or NULL. */
static const char *answer_next(char **rest)
{
    static const char word[] = "rackhop-took ";
    const char *line;

    while ((line = *rest ? strsep(rest, "\n") : NULL))
        if (!strncmp(line, word, sizeof word - 1))
            return line + sizeof word - 1;
    return NULL;
}

/* One of them: "0", or another exit code and why. */
static void answer_read(struct autostart_parcel *p, const char *line)
{
    static const char own[] = "rackhop: ";
    const char *said = strchr(line, ' ');

    said = said ? said + 1 : "";
    if (!strncmp(said, own, sizeof own - 1))
        said += sizeof own - 1;
    p->rc = !strncmp(line, "0 ", 2) ? 0 : -EIO;
    text_printable(p->why.text, sizeof p->why.text, said, strlen(said));
    if (p->rc && !*p->why.text)
        msg_set(&p->why, "it did not say why");
}

/* A guest without a line was not taken, as far as is known. */
static void answer_take(const struct send *s, struct autostart_parcel *p,
                        const struct gather_job *j)
{
    const char *line;
    char *rest = j->out;

    for (size_t k = 0; k < s->n; k++) {
        struct autostart_parcel *it = &p[s->of[k]];

        line = answer_next(&rest);
        if (line) {
            answer_read(it, line);
            continue;
        }
        it->rc = j->rc ? j->rc : -EIO;
        msg_set(&it->why, "%s",
                *j->said              ? j->said
                : j->rc == -ETIMEDOUT ? "it did not answer in time"
                                      : "it did not answer");
    }
}

/* --- all ------------------------------------------------------------------- */

static void send_jobs(struct send *s, struct gather_job *job, size_t n,
                      struct autostart_parcel *p)
{
    struct gather g = {
        .job = job, .n = n, .at_once = SEND_AT_ONCE, .timeout_ms = SEND_MS
    };
    size_t most = 1;

    for (size_t i = 0; i < n; i++)
        most = s[i].n > most ? s[i].n : most;
    g.timeout_ms += (unsigned)(most - 1) * SEND_MORE_MS;
    if (n)
        gather_run(&g);
    for (size_t i = 0; i < n; i++)
        answer_take(&s[i], p, &job[i]);
    gather_dispose(job, n);
}

static void send_all(struct autostart_parcel *p, size_t n)
{
    struct gather_job *job = calloc(n + 1, sizeof *job);
    struct send *s = calloc(n + 1, sizeof *s);
    bool *sent = calloc(n + 1, sizeof *sent);
    size_t jobs = 0;

    for (size_t i = 0; i < n && job && s && sent; i++) {
        struct send *to = &s[jobs];

        free(to->of); /* of one that came to nothing */
        *to = (struct send){ .of = calloc(n + 1, sizeof *to->of) };
        if (sent[i] || !to->of || !send_fill(to, p, n, i, sent))
            continue;
        job[jobs].command = send_command(to, &p[i].r);
        job[jobs].most = (to->n + 1) * ANSWER_MOST;
        if (job[jobs].command)
            jobs++;
        else
            unlink(to->file);
    }
    if (job && s && sent)
        send_jobs(s, job, jobs, p);
    for (size_t i = 0; s && i <= n; i++) {
        if (s[i].n)
            unlink(s[i].file);
        free(s[i].of);
    }
    free(job);
    free(s);
    free(sent);
}

void autostart_send(struct autostart_parcel *p, size_t n,
                    const struct autostart_tell *t)
{
    for (size_t i = 0; i < n; i++) {
        p[i].rc = -ENOMEM;
        msg_set(&p[i].why, "it could not be asked");
    }
    send_all(p, n);
    for (size_t i = 0; i < n; i++) {
        int rc = p[i].rc;

        autostart_set_unsent(p[i].a.uuid, rc && rc != -ENOTSUP);
        if (rc)
            autostart_say(
                t, true,
                "%s is not started at boot by any host now: its entry in "
                "/etc/xen/auto is put aside on this host, and %s did not take "
                "it: %s. %s",
                p[i].a.guest, p[i].r.host, p[i].why.text,
                rc == -ENOTSUP ? "Set it up there yourself"
                               : "`rackhop recover` tries once more");
    }
}

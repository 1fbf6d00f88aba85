/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the options of a command, and prints its help and its usage errors. */
#include "tools/cli/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/near.h"
#include "tools/cli/help.h"

enum { MAX_OPTIONS = 48, HELP = 1000, HELP_WIDTH = 79 };

struct tables {
    struct option longs[MAX_OPTIONS + 2];
    char shorts[2 * MAX_OPTIONS + 4];
};
/* getopt has one state for the process; so have we, and nothing to free. */
static struct tables tables;

/* Prints the words of text, of which the first stands in column `at`; a line
 * that is full goes on at `indent`. */
static void help_fold(const char *text, int at, int indent)
{
    for (const char *end; *text; text = end + strspn(end, " ")) {
        int len;

        end = text + strcspn(text, " ");
        len = (int)(end - text);
        if (at > indent && at + 1 + len > HELP_WIDTH) {
            printf("\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            putchar(' ');
            at++;
        }
        printf("%.*s", len, text);
        at += len;
    }
    putchar('\n');
}

void cmd_help(const struct cmd *c)
{
    int at = printf("usage: rackhop %s ", c->name);

    help_fold(c->args, at, at);
    printf("\n%s\n", c->summary);
    if (c->options)
        putchar('\n');
    for (const struct cmd_option *o = c->options; o && o->id; o++) {
        char left[64];

        if (!o->text)
            continue;
        if (o->id < 256)
            snprintf(left, sizeof left, "-%c%s%s%s%s", o->id,
                     o->name ? ", --" : "", o->name ? o->name : "",
                     o->arg ? " " : "", o->arg ? o->arg : "");
        else
            snprintf(left, sizeof left, "    --%s%s%s", o->name,
                     o->arg ? " " : "", o->arg ? o->arg : "");
        at = printf("  %-26s ", left);
        help_fold(o->text, at, at);
    }
    help_more(c);
}

void cmd_iter_init(struct cmd_iter *it, const struct cmd *self, int argc,
                   char **argv)
{
    struct tables *t = &tables;
    size_t n = 0, s = 0;

    *t = (struct tables){ .shorts = "" };
    *it = (struct cmd_iter){ .cmd = self, .argc = argc, .argv = argv };
    if (self->flags & CMD_PLAIN)
        t->shorts[s++] = '+'; /* what follows the operands is not ours */
    t->shorts[s++] = ':';     /* the errors are ours */
    if (it->cmd->options)
        for (const struct cmd_option *o = it->cmd->options;
             o->id && n < MAX_OPTIONS; o++) {
            if (o->name)
                t->longs[n++] =
                    (struct option){ o->name,
                                     o->arg ? required_argument : no_argument,
                                     NULL, o->id };
            if (o->id < 256) {
                t->shorts[s++] = (char)o->id;
                if (o->arg)
                    t->shorts[s++] = ':';
            }
        }
    t->longs[n] = (struct option){ "help", no_argument, NULL, HELP };
    optind = 0; /* GNU: start from the first argument again */
    opterr = 0;
}

/* --- what is wrong with an option ------------------------------------------ */

/* The last word that getopt has read: the option that is wrong, but for a letter
 * among others (-xy), behind which it has not come yet. */
static const char *cmd_last_word(const struct cmd_iter *it)
{
    return optind > 0 && optind <= it->argc ? it->argv[optind - 1] : "";
}

/* Has the command an option of that id? */
static bool cmd_has_option(int id)
{
    for (const struct option *o = tables.longs; o->name; o++)
        if (o->val == id)
            return true;
    return false;
}

static void cmd_no_option(const struct cmd_iter *it, const char *word)
{
    char name[64], hint[NEAR_HINT];
    bool begins = false;
    struct near n;

    word += strspn(word, "-");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    near_init(&n, name);
    for (const struct option *o = tables.longs; o->name; o++) {
        near_try(&n, o->name);
        begins |= !strncmp(o->name, name, strlen(name));
    }
    if (begins) /* of one alone getopt would have taken it */
        complain("%s has several options that begin with --%s", it->cmd->name,
                 name);
    else
        complain("%s has no option --%s%s", it->cmd->name, name,
                 near_hint(&n, "--", hint));
}

/* r: what getopt_long() returned. */
static void cmd_wrong_option(const struct cmd_iter *it, int r)
{
    const char *word = cmd_last_word(it);

    if (r == ':' && !strncmp(word, "--", 2))
        complain("%s: %s takes a value", it->cmd->name, word);
    else if (r == ':')
        complain("%s: -%c takes a value", it->cmd->name, optopt);
    else if (!optopt) /* a long one that is none, or could be several */
        cmd_no_option(it, word);
    else if (cmd_has_option(optopt))
        complain("%s: %.*s takes no value", it->cmd->name,
                 (int)strcspn(word, "="), word);
    else
        complain("%s has no option -%c", it->cmd->name, optopt);
}

int cmd_next(struct cmd_iter *it)
{
    struct tables *t = &tables;
    int r = getopt_long(it->argc, it->argv, t->shorts, t->longs, NULL);

    it->arg = optarg;
    it->index = optind;
    if (r > 0 && r != '?' && r != ':' && r != HELP)
        return r;
    if (r == -1)
        return 0;
    if (r == HELP) {
        cmd_help(it->cmd);
        return -2;
    }
    cmd_wrong_option(it, r);
    complain_hint("`rackhop %s --help` lists the options\n", it->cmd->name);
    return -1;
}

const char *cmd_verb(struct cmd_iter *it, const struct cmd *self, int argc,
                     char **argv, int *code)
{
    int opt;

    if (argc < 2) {
        *code = usage_error(self->name, "%s takes %s", self->name, self->args);
        return NULL;
    }
    if (*argv[1] != '-') {
        cmd_iter_init(it, self, argc - 1, argv + 1);
        return argv[1];
    }
    cmd_iter_init(it, self, argc, argv); /* --help, most likely */
    opt = cmd_next(it);
    *code = opt < 0 ? cmd_iter_exit(opt)
                    : usage_error(self->name, "options of %s follow %s",
                                  self->name, self->args);
    return NULL;
}

enum exit_code cmd_may_ask(const struct app *app, const char *cmd, bool yes,
                           bool json)
{
    if (yes || (!json && app->tty && isatty(STDIN_FILENO)))
        return RC_OK;
    return (enum exit_code)usage_error(cmd,
                                       "%s asks before it moves anything, and "
                                       "there is no terminal to ask on: give "
                                       "--yes",
                                       cmd);
}

enum exit_code cmd_ask(const char *question)
{
    char answer[16];

    printf("%s [y/N] ", question);
    fflush(stdout);
    if (fgets(answer, sizeof answer, stdin) &&
        (*answer == 'y' || *answer == 'Y'))
        return RC_OK;
    puts("nothing was moved");
    return RC_FAILED;
}

int cmd_iter_exit(int r)
{
    return r == -2 ? RC_OK : RC_USAGE;
}

int usage_error(const char *cmd, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vcomplain(fmt, ap);
    va_end(ap);
    complain_hint("`rackhop %s --help` shows how to use it\n", cmd);
    return RC_USAGE;
}

int parse_long(const char *what, const char *s, long min, long max, long *r)
{
    char *end;

    errno = 0;
    *r = strtol(s, &end, 10);
    if (!errno && end != s && !*end && *r >= min && *r <= max)
        return 0;
    complain("%s takes a whole number from %ld to %ld, not %s", what, min, max,
             s);
    return -1;
}

int parse_double(const char *what, const char *s, double min, double max,
                 double *r)
{
    char *end;

    errno = 0;
    *r = strtod(s, &end);
    if (!errno && end != s && !*end && isfinite(*r) && *r >= min && *r <= max)
        return 0;
    complain("%s takes a number from %.15g to %.15g, not %s", what, min, max,
             s);
    return -1;
}

int parse_quantity(const char *what, enum quantity kind, const char *s,
                   double min, double max, double *r)
{
    double v;

    if (quantity_parse(kind, s, &v) && v >= min && v <= max) {
        *r = v;
        return 0;
    }
    complain("%s takes a number of %s from %.15g to %.15g, or such as %s, "
             "not %s%s",
             what, quantity_unit(kind), min, max, quantity_examples(kind), s,
             quantity_hint(kind, s));
    return -1;
}

int parse_quantity_long(const char *what, enum quantity kind, const char *s,
                        long min, long max, long *r)
{
    double v;

    /* 1.1 s are 1100 ms, whatever binary fractions make of it */
    if (!strpbrk(s, "eE") && quantity_parse(kind, s, &v) && v >= (double)min &&
        v <= (double)max && fabs(v - round(v)) < 1e-6) {
        *r = lround(v);
        return 0;
    }
    complain("%s takes a whole number of %s from %ld to %ld, or such as %s, "
             "not %s%s",
             what, quantity_unit(kind), min, max, quantity_examples(kind), s,
             quantity_hint(kind, s));
    return -1;
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The main program: it reads the global options, finds the command and calls
 * it.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/cmdtable.h"

#include "tools/base/msg.h"
#include "tools/base/near.h"
#include "tools/cli/handon.h"
#include "tools/cli/help.h"
#include "tools/view/theme.h"
#include "topology/source.h"

static int main_no_command(const char *word)
{
    char hint[NEAR_HINT];
    struct near n;

    near_init(&n, word);
    for (const struct cmd *c = cmd_table; c->name; c++)
        if (!(c->flags & CMD_HIDDEN))
            near_try(&n, c->name);
    complain("there is no command %s%s", word,
             n.best ? near_hint(&n, "", hint)
                    : "; `rackhop --help` lists them");
    return RC_USAGE;
}

/* `rackhop help [COMMAND]`; an exit code. */
static int help_command(int argc, char **argv)
{
    const struct cmd *c = argc > 1 ? cmd_find(argv[1]) : NULL;

    if (c)
        cmd_help(c);
    else if (argc > 1)
        return main_no_command(argv[1]);
    else
        help_commands(stdout);
    return RC_OK;
}

/*
 * Does a program read what the command says? What our own programs start with
 * --json keeps its sentences: hosts pass them on to each other.
 */
static bool main_is_for_programs(const struct cmd *c, int argc, char **argv)
{
    bool can = false;

    for (const struct cmd_option *o = c->options; o && o->id; o++)
        can |= o->id == OPT_JSON && o->text;
    if (!can || c->flags & CMD_HIDDEN || c->run == cmd_dirty)
        return false;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (!strcmp(argv[i], "--json"))
            return true;
    return false;
}

/*
 * Takes the options that belong to no command out of the words behind it, up
 * to "--". Returns how many words are left.
 */
static int main_global_options(struct app *app, int argc, char **argv,
                               bool *must_exist)
{
    int n = 1, i = 1;

    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (!strcmp(argv[i], "-v") || !strcmp(argv[i], "--verbose")) {
            app->verbose++;
        } else if (!strcmp(argv[i], "--wide")) {
            app->wide = true;
        } else if (!strncmp(argv[i], "--color=", 8)) {
            app->color = argv[i] + 8;
        } else if (!strcmp(argv[i], "--color") && i + 1 < argc) {
            app->color = argv[++i];
        } else if (!strcmp(argv[i], "--config") && i + 1 < argc) {
            app->conf_path = argv[++i];
            *must_exist = true;
        } else if (!strncmp(argv[i], "--config=", 9)) {
            app->conf_path = argv[i] + 9;
            *must_exist = true;
        } else {
            argv[n++] = argv[i];
        }
    }
    for (; i < argc; i++)
        argv[n++] = argv[i];
    argv[n] = NULL;
    return n;
}

/* Once, before anything else: what is not as it is meant decides what a plan
 * is worth. As a warning it hides no reason of what fails on another host. */
static void main_notes(const struct app *app, const struct cmd *c)
{
    const struct strlist *notes = &app->conf.notes;

    for (size_t i = 0; i < notes->n; i++)
        if (c->flags & CMD_RACKS || app->conf.lenient)
            complain("warning: %s", notes->s[i]);
}

/* What stands in front of a command. */
struct main_options {
    bool must_exist, show, secrets;
};

/* -1: go on at optind; else an exit code, with everything said. */
static int main_options(struct app *app, struct main_options *o, int argc,
                        char **argv)
{
    enum { CONFIG = 256, VERSION_, SHOW, WIDE, COLOR };
    static const struct option options[] = {
        { "config", required_argument, NULL, CONFIG },
        { "show-config", optional_argument, NULL, SHOW },
        { "verbose", no_argument, NULL, 'v' },
        { "wide", no_argument, NULL, WIDE },
        { "color", required_argument, NULL, COLOR },
        { "version", no_argument, NULL, VERSION_ },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int opt;

    while ((opt = getopt_long(argc, argv, "+vh", options, NULL)) != -1) {
        switch (opt) {
        case 'v': app->verbose++; break;
        case WIDE: app->wide = true; break;
        case COLOR: app->color = optarg; break;
        case 'h': help_commands(stdout); return RC_OK;
        case VERSION_: puts("rackhop " RACKHOP_VERSION); return RC_OK;
        case SHOW:
            o->show = true;
            o->secrets = optarg && !strcmp(optarg, "secrets");
            if (optarg && !o->secrets) {
                complain("--show-config takes \"=secrets\" or nothing");
                return RC_USAGE;
            }
            break;
        case CONFIG:
            app->conf_path = optarg;
            o->must_exist = true;
            break;
        default: /* getopt has named it; a page of help would hide that */
            fputs("`rackhop --help` shows how to use it\n", stderr);
            return RC_USAGE;
        }
    }
    return -1;
}

/* -1: go on; else an exit code, with everything said. */
static int main_config(struct app *app, const struct cmd *c, bool must_exist)
{
    struct msg err;
    int rc;

    config_init(&app->conf);
    app->conf.lenient = c && c->flags & (CMD_HIDDEN | CMD_GOES_ON);
    rc = config_load(&app->conf, app->conf_path, must_exist, &err);
    if (rc == -EACCES && !must_exist) {
        /* it is root's, for the secrets in it; what needs no host goes on */
        complain("%s; the defaults are in force", err.text);
    } else if (rc < 0) {
        complain("%s", err.text);
        config_dispose(&app->conf);
        return RC_USAGE;
    }
    return -1;
}

/* The command, or with NULL --show-config, under the configuration. */
static int main_run(struct app *app, const struct cmd *c, bool secrets,
                    int argc, char **argv)
{
    int rc = RC_OK;

    if (c) {
        main_notes(app, c);
        rc = c->run(app, c, argc, argv);
    } else {
        config_show_files(&app->conf, app->conf_path, stdout);
        config_show(&app->conf, secrets, stdout);
    }
    config_dispose(&app->conf);
    if (!fflush(stdout) && !ferror(stdout))
        return rc;
    complain("the output could not be written"); /* for all commands */
    return rc == RC_OK ? RC_FAILED : rc;
}

int main(int argc, char **argv)
{
    const char *conf = getenv("RACKHOP_CONF");
    struct app app = { .conf_path = RACKHOP_SYSCONF "/rackhop.conf" };
    struct main_options o = { .must_exist = conf };
    const struct cmd *c;
    char name[] = "rackhop";
    bool ok;
    int rc;

    handon(argv);
    if (topo_lldpd_is_reader(argc, argv))
        topo_lldpd_reader(argv);
    if (conf)
        app.conf_path = conf;
    argv[0] = name; /* getopt's messages begin with it */
    rc = main_options(&app, &o, argc, argv);
    if (rc >= 0)
        return rc;
    if (optind == argc && !o.show) {
        help_commands(stderr);
        return RC_USAGE;
    }
    argc -= optind;
    argv += optind;
    if (!o.show && !strcmp(argv[0], "help"))
        return help_command(argc, argv);
    c = o.show ? NULL : cmd_find(argv[0]);
    if (!o.show && !c)
        return main_no_command(argv[0]);
    if (c && !(c->flags & CMD_PLAIN))
        argc = main_global_options(&app, argc, argv, &o.must_exist);
    if (c && main_is_for_programs(c, argc, argv))
        complain_as_objects();
    app.tty = isatty(STDOUT_FILENO);
    app.colour = theme_wanted(app.color, app.tty, &ok);
    if (!ok) {
        complain("--color takes always, never or auto, not %s", app.color);
        return RC_USAGE;
    }
    rc = main_config(&app, c, o.must_exist);
    return rc >= 0 ? rc : main_run(&app, c, o.secrets, argc, argv);
}

/* SPDX-License-Identifier: LGPL-2.1-only */
/* Cuts a text in the DOT language into its tokens. */
#include "topology/dot_lexer.h"

#include <string.h>
#include <strings.h>

static void lexer_fail(struct dot_lexer *l, const char *why)
{
    l->token = DOT_BAD;
    l->why = why;
}

/* Whether these two characters come next. */
static bool lexer_at(const struct dot_lexer *l, char a, char b)
{
    return l->end - l->p >= 2 && l->p[0] == a && l->p[1] == b;
}

/* Skips blanks and comments. False: a comment has no end. */
static bool lexer_skip(struct dot_lexer *l)
{
    while (l->p < l->end) {
        if (lexer_at(l, '/', '/') || (*l->p == '#')) {
            while (l->p < l->end && *l->p != '\n' && *l->p != '\r')
                l->p++;
        } else if (lexer_at(l, '/', '*')) {
            for (l->p += 2; !lexer_at(l, '*', '/'); l->p++) {
                if (l->p >= l->end)
                    return false;
                l->line += *l->p == '\n';
            }
            l->p += 2;
        } else if (strchr(" \t\r\n", *l->p) && *l->p) {
            l->line += *l->p++ == '\n';
        } else {
            break;
        }
    }
    return true;
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '/' ||
           (unsigned char)c >= 0x80;
}

static void lexer_read_quoted(struct dot_lexer *l)
{
    size_t n = 0;

    for (l->p++; l->p < l->end && *l->p != '"'; l->p++) {
        if (lexer_at(l, '\\', '"') || lexer_at(l, '\\', '\\'))
            l->p++;
        l->line += *l->p == '\n';
        if (n == TOPO_TEXT_MAX) {
            lexer_fail(l, "a name of over 255 bytes");
            return;
        }
        l->word[n++] = *l->p;
    }
    if (l->p == l->end) {
        lexer_fail(l, "a name without its closing quote");
        return;
    }
    l->p++;
    l->word[n] = '\0';
    l->quoted = true;
    if (strlen(l->word) != n)
        lexer_fail(l, "a NUL in a name");
    else
        l->token = DOT_WORD;
}

/* Skips <..> with balanced brackets: a label, which says nothing of cables. */
static void lexer_read_html(struct dot_lexer *l)
{
    size_t depth = 0;

    do {
        depth += *l->p == '<';
        depth -= *l->p == '>';
        l->line += *l->p++ == '\n';
    } while (depth && l->p < l->end);
    strcpy(l->word, "<>");
    l->token = DOT_WORD;
    if (depth)
        lexer_fail(l, "a < without its >");
}

void dot_next(struct dot_lexer *l)
{
    size_t n = 0;

    l->quoted = false;
    if (!lexer_skip(l)) {
        lexer_fail(l, "a comment without its end");
    } else if (l->p >= l->end) {
        l->token = DOT_END;
    } else if (lexer_at(l, '-', '-') || lexer_at(l, '-', '>')) {
        l->p += 2;
        l->token = DOT_EDGE;
    } else if (*l->p == '"') {
        lexer_read_quoted(l);
    } else if (*l->p == '<') {
        lexer_read_html(l);
    } else if (*l->p && strchr("{}[]=:;,", *l->p)) {
        l->token = DOT_PUNCT;
        l->punct = *l->p++;
    } else {
        while (
            l->p < l->end && n < TOPO_TEXT_MAX &&
            (is_word_char(*l->p) || (*l->p == '-' && !lexer_at(l, '-', '-') &&
                                     !lexer_at(l, '-', '>'))))
            l->word[n++] = *l->p++;
        l->word[n] = '\0';
        if (n == TOPO_TEXT_MAX)
            lexer_fail(l, "a name of over 254 bytes without quotes");
        else if (n)
            l->token = DOT_WORD;
        else
            lexer_fail(l, "a character that has no meaning here");
    }
}

bool dot_is_punct(const struct dot_lexer *l, char punct)
{
    return l->token == DOT_PUNCT && l->punct == punct;
}

bool dot_is_keyword(const struct dot_lexer *l, const char *word)
{
    return l->token == DOT_WORD && !l->quoted && !strcasecmp(l->word, word);
}

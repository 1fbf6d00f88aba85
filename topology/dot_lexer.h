/* SPDX-License-Identifier: LGPL-2.1-only */
/* Cuts a text in the DOT language into its tokens. */
#ifndef RACKHOP_TOPOLOGY_DOT_LEXER_H
#define RACKHOP_TOPOLOGY_DOT_LEXER_H

#include "topology/view.h"

enum dot_token { DOT_END, DOT_WORD, DOT_PUNCT, DOT_EDGE, DOT_BAD };

struct dot_lexer {
    const char *p, *end; /* what has not been read yet */
    unsigned line;
    enum dot_token token;         /* the last one */
    char word[TOPO_TEXT_MAX + 1]; /* DOT_WORD */
    bool quoted;                  /* the word was: it is no keyword */
    char punct;                   /* DOT_PUNCT: one of {}[]=:;, */
    const char *why;              /* DOT_BAD */
};

/* Reads the next token; blanks and comments are passed over, -> is taken for
 * --. At the end of the text it stays at DOT_END. */
void dot_next(struct dot_lexer *l);
/* What the last token is. */
bool dot_is_punct(const struct dot_lexer *l, char punct);
bool dot_is_keyword(const struct dot_lexer *l, const char *word);

#endif

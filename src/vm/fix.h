/* What `vm convert` does with a rule's culprit. */
#pragma once
#include "vm/lint_scope.h"

/*
 * Carry out rule->fix at the node, which may be gone afterwards:
 *   remove               take the culprit out
 *   drop XPATH           take out what XPATH finds from it
 *   unset KEY            take an attribute away
 *   set [XPATH] KEY=VALUE...  set attributes, of what XPATH finds
 *   call NAME            one of the functions of fix.c
 * The new content is for scope's guest and host. False when there is no such fix: "" is for a person.
 */
bool lint_fix(const struct lint_scope *scope, const struct lint_rule *rule, xmlNode *node);

/* Is the text one that lint_fix() knows, or empty? For the test of the tables. */
bool lint_fix_known(const char *fix);

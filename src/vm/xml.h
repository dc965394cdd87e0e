/* libxml2 as this folder uses it: documents from memory, and what an XPath finds in them. Nothing is ever loaded from a network or a DTD.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libxml/tree.h>

#define AUTO_XML __attribute__((cleanup(xml_free_var)))
void xml_free_var(xmlDoc **doc);

/* The document, or NULL and *e: `what` names it in the sentence ("the domain XML of vm1"). Entities are not expanded; at most 8 MiB. */
xmlDoc *xml_parse(const char *text, size_t len, const char *what, struct err *e);

/* Does the XPath expression find anything below `at` (a node; for a whole document its root)? */
bool xml_has(xmlNode *at, const char *xpath);

/* The string value of the first thing the expression finds: malloced, NULL when there is none. */
char *xml_text(xmlNode *at, const char *xpath);

/* Each node that the expression finds, in document order; malloced, ended by NULL. */
xmlNode **xml_nodes(xmlNode *at, const char *xpath);

/* The document's text, indented by two spaces, without the <?xml?> line. Malloced. */
char *xml_print(xmlDoc *doc);

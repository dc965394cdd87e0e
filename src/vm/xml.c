#include "vm/xml.h"

#include <limits.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xpath.h>

#include "base/out.h"
#include "base/util.h"

enum { MAX_DOCUMENT = 8 << 20 };

void xml_free_var(xmlDoc **doc)
{
        xmlFreeDoc(*doc);
}

xmlDoc *xml_parse(const char *text, size_t len, const char *what, struct err *e)
{
        if (len > MAX_DOCUMENT) {
                err_set(e, 2, "%s is larger than %d MiB: no domain is; look what file that is", what, MAX_DOCUMENT >> 20);
                return NULL;
        }
        xmlParserCtxt *parser = xmlNewParserCtxt();
        check(parser);
        xmlDoc *doc = xmlCtxtReadMemory(
                parser, text, (int)len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
        if (!doc || !xmlDocGetRootElement(doc)) {
                const xmlError *error = xmlCtxtGetLastError(parser);
                const char *reason = error && error->message ? error->message : "there is no element";
                err_set(e, 2, "%s is no well-formed XML: line %d: %.*s", what, error ? error->line : 1, (int)strcspn(reason, "\n"), reason);
                xmlFreeDoc(doc);
                doc = NULL;
        }
        xmlFreeParserCtxt(parser);
        return doc;
}

static xmlXPathObject *find(xmlNode *at, const char *xpath)
{
        xmlXPathContext *context = xmlXPathNewContext(at->doc);
        check(context);
        context->node = at;
        xmlXPathObject *found = xmlXPathEvalExpression((const xmlChar *)xpath, context);
        xmlXPathFreeContext(context);
        check(found); /* the expressions are ours */
        return found;
}

static bool empty(const xmlXPathObject *found)
{
        return found->type == XPATH_NODESET && xmlXPathNodeSetIsEmpty(found->nodesetval);
}

bool xml_has(xmlNode *at, const char *xpath)
{
        xmlXPathObject *found = find(at, xpath);
        bool has = found->type == XPATH_BOOLEAN ? found->boolval : !empty(found);
        xmlXPathFreeObject(found);
        return has;
}

char *xml_text(xmlNode *at, const char *xpath)
{
        xmlXPathObject *found = find(at, xpath);
        char *text = NULL;
        if (!empty(found)) {
                xmlChar *value = xmlXPathCastToString(found);
                text = format("%s", (const char *)value);
                xmlFree(value);
        }
        xmlXPathFreeObject(found);
        return text;
}

xmlNode **xml_nodes(xmlNode *at, const char *xpath)
{
        xmlXPathObject *found = find(at, xpath);
        size_t count = empty(found) ? 0 : (size_t)found->nodesetval->nodeNr;
        xmlNode **nodes = calloc(count + 1, sizeof *nodes);
        check(nodes);
        for (size_t i = 0; i < count; i++)
                nodes[i] = found->nodesetval->nodeTab[i];
        xmlXPathFreeObject(found);
        return nodes;
}

char *xml_print(xmlDoc *doc)
{
        xmlBuffer *buffer = xmlBufferCreate();
        check(buffer && xmlNodeDump(buffer, doc, xmlDocGetRootElement(doc), 0, 1) >= 0);
        char *text = format("%s\n", (const char *)xmlBufferContent(buffer));
        xmlBufferFree(buffer);
        return text;
}

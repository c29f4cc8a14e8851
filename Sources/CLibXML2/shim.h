// Distributions build libxml2 with ICU, whose headers then disagree with the ICU inside Foundation. Nothing of it is
// needed here: only the fields that a conversion handler has behind its pointer depend on it.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <libxml/SAX2.h>

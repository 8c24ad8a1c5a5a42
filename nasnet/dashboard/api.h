#pragma once

#include <httplib.h>

#include <string>
#include <vector>

#include "nasnet/dashboard/catalog.h"

namespace nasnet::dashboard {

/// Answers a request of the API, whose path behind /api/v1 has these parts: an object of JSON, or a
/// cell's SVG; 404 for what there is not, 400 for a parameter that cannot be, 503 for a study that
/// cannot be read now, each with its reason as {"error": ...}.
void answer_api(Catalog& catalog, const std::vector<std::string>& path,
                const httplib::Request& request, httplib::Response& response);

/// Answers {"error": why} with this status.
void answer_error(httplib::Response& response, int status, const std::string& why);

}  // namespace nasnet::dashboard

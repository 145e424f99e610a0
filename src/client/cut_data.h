// cut_data.h: one sample of a VCF of many, as a gzip stream that is made while it is read. The same bytes each time.
#pragma once
#include "client/data.h"

namespace glovebox::client {

// cut_data takes the whole file and keeps the sample's column.
std::unique_ptr<Data> cut_data(std::unique_ptr<Data> whole, std::string sample);

}  // namespace glovebox::client

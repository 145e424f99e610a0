// intel_cases.h: the two halves of the cases of TDX and SGX. Only intel_cases*.cpp include this.
#pragma once
#include "testroots/intel_maker.h"

namespace glovebox::testroots {

void intel_chains(const IntelMaker& make);     // certificates and revocation lists
void intel_documents(const IntelMaker& make);  // TCB info, quoting identity, statuses

}  // namespace glovebox::testroots

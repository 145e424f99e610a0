// models.h: how an enclave whose image holds no models gets them from its host at the start (docs/spec/wire.md, "Models
// at the start"): over the byte proxy, by a name of their own.
#pragma once

namespace glovebox::wire {

constexpr char proxy_models[] = "models";

}  // namespace glovebox::wire

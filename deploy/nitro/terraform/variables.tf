variable "region" {
  description = "AWS region"
  type        = string
}

variable "subnet_id" {
  description = "A subnet whose instances reach S3, Systems Manager and the broker (a NAT, or endpoints)"
  type        = string
}

variable "client_cidrs" {
  description = "Who may connect to port 443; what they meet there is sealed end to end, so this is for availability, not for secrecy"
  type        = list(string)
}

variable "instance_type" {
  description = "A Nitro instance with at least 4 vCPUs: two for the enclave, two for the parent"
  type        = string
  default     = "m6i.xlarge"
}

variable "artefact_bucket" {
  description = "The S3 bucket that holds what the instance installs"
  type        = string
}

variable "artefact_prefix" {
  description = "The folder in it, without slashes at its ends"
  type        = string
  default     = "glovebox"
}

variable "measurements_file" {
  description = "The image's registers: glovebox --json image measure image.eif > measurements.json. Only a key in AWS KMS needs them"
  type        = string
  default     = null
}

variable "key_administrators" {
  description = "With measurements_file: the ARNs of who may administer the KMS key, and never use it. They are the owner of the data, not of the host"
  type        = list(string)
  default     = []
}

variable "model_register" {
  description = "With measurements_file: PCR16, the models that the enclave must hold, in hex; and configuration_register, PCR17. Null: not asked for"
  type        = string
  default     = null
}

variable "configuration_register" {
  description = "PCR17, the enclave's configuration, in hex"
  type        = string
  default     = null
}

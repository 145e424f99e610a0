# A key that AWS KMS gives to this image alone. Made only where measurements_file is set; nothing of glovebox calls KMS yet (its
# broker holds the keys), so this is for who prepares that step. The conditions are KMS's own: it compares them with the registers in the
# attestation document that a call brings, and answers under the public key in it.
#
# All of them stand in one statement that allows: whoever lacks one is not allowed. Administrators may change this policy, so
# they must be people of the data's owner, in the data owner's account.
locals {
  measured = var.measurements_file == null ? null : jsondecode(file(var.measurements_file))
  registers = local.measured == null ? {} : {
    for register, value in {
      "PCR0"  = local.measured.pcr0
      "PCR1"  = local.measured.pcr1
      "PCR2"  = local.measured.pcr2
      "PCR16" = var.model_register
      "PCR17" = var.configuration_register
    } : register => value if value != null
  }
}

data "aws_iam_policy_document" "key" {
  count = local.measured == null ? 0 : 1

  statement {
    sid = "TheEnclaveDecrypts"
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.parent.arn]
    }
    actions   = ["kms:Decrypt"]
    resources = ["*"]

    dynamic "condition" {
      for_each = local.registers
      content {
        test     = "StringEqualsIgnoreCase"
        variable = "kms:RecipientAttestation:${condition.key}"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid = "AdministratorsDoNotUseIt"
    principals {
      type        = "AWS"
      identifiers = var.key_administrators
    }
    actions = [
      "kms:CancelKeyDeletion",
      "kms:DescribeKey",
      "kms:DisableKey",
      "kms:EnableKey",
      "kms:Encrypt",
      "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:ListResourceTags",
      "kms:PutKeyPolicy",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
    ]
    resources = ["*"]
  }
}

resource "aws_kms_key" "data" {
  count                   = local.measured == null ? 0 : 1
  description             = "glovebox: opened by one enclave image alone"
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key[0].json

  lifecycle {
    precondition {
      condition     = length(var.key_administrators) > 0
      error_message = "key_administrators is empty: nobody could ever change or delete this key."
    }
    precondition {
      condition     = alltrue([for value in values(local.registers) : can(regex("^[0-9a-f]{96}$", value)) && can(regex("[1-9a-f]", value))])
      error_message = "A register is not 96 hexadecimal digits, or is all zero, as a debug enclave's are."
    }
  }
}

output "key" {
  value = one(aws_kms_key.data[*].arn)
}

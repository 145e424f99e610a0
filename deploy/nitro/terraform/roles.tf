# What the parent instance may do: read its artefacts, and be reached by Systems Manager. It is not trusted with anything; with
# a key in AWS KMS it may carry the enclave's calls, which the key's own policy answers only to the enclave.
data "aws_partition" "here" {}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "parent" {
  statement {
    sid       = "Artefacts"
    actions   = ["s3:GetObject"]
    resources = ["arn:${data.aws_partition.here.partition}:s3:::${var.artefact_bucket}/${var.artefact_prefix}/*"]
  }

  statement {
    sid       = "ArtefactNames"
    actions   = ["s3:ListBucket"]
    resources = ["arn:${data.aws_partition.here.partition}:s3:::${var.artefact_bucket}"]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${var.artefact_prefix}/*"]
    }
  }

  # Systems Manager's agent; these actions know no resources (AWS, "Actions defined by AWS Systems Manager").
  statement {
    sid = "Sessions"
    actions = [
      "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role" "parent" {
  name_prefix        = "glovebox-parent-"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "parent" {
  name_prefix = "glovebox-parent-"
  role        = aws_iam_role.parent.id
  policy      = data.aws_iam_policy_document.parent.json
}

resource "aws_iam_instance_profile" "parent" {
  name_prefix = "glovebox-parent-"
  role        = aws_iam_role.parent.name
}

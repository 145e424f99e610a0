# The parent instance: enclaves on, nobody logs in but through Systems Manager, its metadata only with a token.
data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

data "aws_subnet" "here" {
  id = var.subnet_id
}

resource "aws_security_group" "parent" {
  name_prefix = "glovebox-parent-"
  description = "glovebox parent instance"
  vpc_id      = data.aws_subnet.here.vpc_id

  ingress {
    description = "clients, TLS ended by the reverse proxy"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = var.client_cidrs
  }

  egress {
    description = "packages, S3, Systems Manager, the broker"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_instance" "parent" {
  ami                         = data.aws_ssm_parameter.image.value
  instance_type               = var.instance_type
  subnet_id                   = var.subnet_id
  vpc_security_group_ids      = [aws_security_group.parent.id]
  iam_instance_profile        = aws_iam_instance_profile.parent.name
  user_data_replace_on_change = true

  enclave_options {
    enabled = true
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted   = true
    volume_size = 16
    volume_type = "gp3"
  }

  user_data = <<-E
    #!/bin/sh
    set -eu
    dnf install -y aws-nitro-enclaves-cli
    mkdir -p /opt/glovebox && cd /opt/glovebox
    aws s3 cp --recursive --region ${var.region} s3://${var.artefact_bucket}/${var.artefact_prefix}/ .
    sha256sum --check SHA256SUMS
    sh deploy/nitro/install.sh image.eif glovebox-host
  E

  tags = {
    Name = "glovebox-parent"
  }
}

output "instance" {
  value = aws_instance.parent.id
}

output "address" {
  value = aws_instance.parent.private_ip
}

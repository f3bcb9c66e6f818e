// Prints whom STS sees: the JavaScript SDK's own chain finds the credentials, and nothing here says where.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const { Arn } = await new STSClient().send(new GetCallerIdentityCommand());
console.log(Arn);
